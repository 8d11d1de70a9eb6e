#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "galenectl/api_path.h"

static void test_user(void **state)
{
    static const struct {
        const char *group;
        struct user_ref user;
        const char *want; /* NULL: refused */
    } rows[] = {
        {"g", {USER_NAMED, "vimes"}, ".groups/g/.users/vimes"},
        {"a/b c", {USER_NAMED, "x"}, ".groups/a/b%20c/.users/x"},
        {"g", {USER_NAMED, "a/b"}, ".groups/g/.users/a%2Fb"},
        {"g", {USER_NAMED, "50%"}, ".groups/g/.users/50%25"},
        {"g", {USER_NAMED, "%41"}, ".groups/g/.users/%2541"},
        {"g", {USER_NAMED, "\xc3\xbc?#&+"}, ".groups/g/.users/%C3%BC%3F%23%26%2B"},
        {"g", {USER_WILDCARD, NULL}, ".groups/g/.wildcard-user"},
        {"g", {USER_EMPTY, NULL}, ".groups/g/.empty-user"},
        {"../x", {USER_NAMED, "a"}, NULL},
        {"a//b", {USER_NAMED, "a"}, NULL},
        {"a\\b", {USER_NAMED, "a"}, NULL},
        {"g", {USER_NAMED, ".."}, NULL},
        {"g", {USER_NAMED, "a/../b"}, NULL},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct buf out = {0};
        struct error e = {0};
        int r = api_path_user(&out, rows[i].group, &rows[i].user, &e);

        if ((r == 0) != (rows[i].want != NULL))
            fail_msg("%s %s: %d %s", rows[i].group, rows[i].user.name, r, e.text);
        if (r == 0)
            assert_string_equal(buf_str(&out), rows[i].want);
        buf_release(&out);
    }
}

static void test_token(void **state)
{
    static const struct {
        const char *group;
        const char *token;
        const char *want;
    } rows[] = {
        {"", "", ".groups/.tokens/"},
        {"", "Ab-_", ".groups/.tokens/Ab-_"},
        {"a/b", "", ".groups/a/b/.tokens/"},
        {"a/b", "t=", ".groups/a/b/.tokens/t%3D"},
        {"a", "x/y", NULL},
        {"a", ".", NULL},
        {"..", "x", NULL},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct buf out = {0};
        int r = api_path_token(&out, rows[i].group, rows[i].token, NULL);

        if ((r == 0) != (rows[i].want != NULL))
            fail_msg("%s %s: %d", rows[i].group, rows[i].token, r);
        if (r == 0)
            assert_string_equal(buf_str(&out), rows[i].want);
        buf_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_user),
        cmocka_unit_test(test_token),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
