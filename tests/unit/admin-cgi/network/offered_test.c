/* Which of the addresses that browsers are told lie in private networks. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "admin-cgi/network/offered.h"
#include "common/macros.h"

static const struct {
    const char *address;
    bool is_private;
} rows[] = {
    {"10.0.0.1:8444", true},
    {"11.0.0.1:8444", false},
    {"172.15.0.1:1", false},
    {"172.16.0.1:1", true},
    {"172.31.255.255:1", true},
    {"172.32.0.1:1", false},
    {"192.168.1.9:1", true},
    {"192.169.1.9:1", false},
    {"100.64.0.1:1", true},
    {"100.128.0.1:1", false},
    {"127.0.0.1:1", true},
    {"169.254.3.4:1", true},
    {"203.0.113.7:8444", false},
    {"[::1]:8444", true},
    {"[fe80::1]:8444", true},
    {"[fd12:3456::1]:1", true},
    {"[fc00::1]:1", true},
    {"[2001:db8::7]:8444", false},
    {"meet.example:8444", false},
    {"", false},
    {"[", false},
    {"[10.0.0.1", false},
    {"10.0.0.1", false},
};

static void test_private(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        if (offered_is_private(rows[i].address) != rows[i].is_private)
            fail_msg("%s", rows[i].address);
    }
}

static struct probe_words of(struct arena *a, const char *json, bool *works)
{
    return offered_words(a, arena_json(a, json_tokener_parse(json)), works);
}

static void test_words(void **state)
{
    struct arena a = {0};
    struct probe_words words;
    bool works = true;

    (void)state;
    words = offered_words(&a, NULL, &works);
    assert_false(works);
    assert_string_equal("The media server does not answer.", words.found);
    words = of(&a, "[\"10.0.0.1:1\", \"[::1]:1\"]", &works);
    assert_false(works);
    assert_string_equal("It tells browsers private addresses alone: 10.0.0.1:1, [::1]:1.",
                        words.found);
    assert_non_null(strstr(words.next, "announce"));
    words = of(&a, "[\"10.0.0.1:1\", \"203.0.113.7:1\"]", &works);
    assert_true(works);
    assert_string_equal("It listens, and tells browsers 10.0.0.1:1, 203.0.113.7:1.", words.found);
    assert_string_equal("", words.next);
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_private),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
