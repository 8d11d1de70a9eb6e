/* What the kernel says of a process, and what that means. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "admin-cgi/health/sandbox.h"
#include "common/macros.h"

static void test_a_status_is_read(void **state)
{
    static const struct {
        const char *name, *text;
        bool is_known;
        struct process_rights rights;
    } cases[] = {
        {"own user",
         "Name:\tmediad\nUid:\t0\t998\t0\t0\nGid:\t1\t1\t1\t1\nNoNewPrivs:\t1\nSeccomp:\t0\n",
         true,
         {998, false, false}},
        {"filtered root",
         "Name:\tx\nUid:\t7\t0\t0\t0\nNoNewPrivs:\t0\nSeccomp:\t2\n",
         true,
         {0, true, true}},
        {"strict mode is no filter",
         "Name:\tx\nUid:\t5\t5\t5\t5\nNoNewPrivs:\t1\nSeccomp:\t1\n",
         true,
         {5, false, false}},
        {"an old kernel", "Name:\tx\nUid:\t5\t5\t5\t5\n", false, {0}},
        {"one user id", "Name:\tx\nUid:\t5\nNoNewPrivs:\t1\nSeccomp:\t0\n", false, {0}},
        {"no number", "Name:\tx\nUid:\tx\ty\nNoNewPrivs:\t1\nSeccomp:\t0\n", false, {0}},
        {"nothing", "", false, {0}},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct process_rights got = {0};
        bool is_known = process_rights_parse(&got, span_str(cases[i].text));

        if (is_known != cases[i].is_known || got.user != cases[i].rights.user ||
            got.can_gain != cases[i].rights.can_gain ||
            got.calls_are_filtered != cases[i].rights.calls_are_filtered)
            fail_msg("%s", cases[i].name);
    }
}

static void test_what_it_means(void **state)
{
    static const struct {
        const char *name;
        struct process_rights mediad, console;
        const char *state, *part;
    } cases[] = {
        {"mediad is root", {0, false, true}, {9, false, true}, "bad", "root"},
        {"the console is root", {8, false, true}, {0, false, true}, "bad", "root"},
        {"one user", {8, false, true}, {8, false, true}, "warn", "same user"},
        {"may gain", {8, true, true}, {9, false, true}, "warn", "set-user-ID"},
        {"the other may", {8, false, true}, {9, true, true}, "warn", "set-user-ID"},
        {"one filtered", {8, false, true}, {9, false, false}, "ok", "does not filter"},
        {"both filtered", {8, false, true}, {9, false, true}, "ok", "kernel filters"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct check_row out = {0};

        sandbox_judge(&cases[i].mediad, &cases[i].console, &out);
        if (strcmp(out.state, cases[i].state) != 0 || !strstr(out.value, cases[i].part) ||
            (out.remedy[0] == '\0') != (strcmp(out.state, "ok") == 0))
            fail_msg("%s: %s, %s", cases[i].name, out.state, out.value);
    }
}

static void test_this_process(void **state)
{
    struct check_row out = {0};

    (void)state;
    sandbox_check(0, &out);
    assert_string_equal(out.state, "unknown");
    sandbox_check(getpid(), &out); /* certainly of the same user */
    assert_string_equal(out.state, geteuid() == 0 ? "bad" : "warn");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_status_is_read),
        cmocka_unit_test(test_what_it_means),
        cmocka_unit_test(test_this_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
