#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "galenectl/pattern.h"

#include "common/error.h"

static void test_match(void **state)
{
    static const struct {
        const char *pattern;
        const char *name;
        int want;
    } rows[] = {
        {"abc", "abc", 1},
        {"abc", "ab", 0},
        {"ab", "abc", 0},
        {"*", "abc", 1},
        {"*", "", 1},
        {"*", "a/b", 0},
        {"*/*", "a/b", 1},
        {"a*", "a", 1},
        {"a*c", "abbbc", 1},
        {"a*c", "abbbd", 0},
        {"a*b*c*", "axbxcx", 1},
        {"*c", "ccc", 1},
        {"a*/b", "a/c/b", 0},
        {"?", "a", 1},
        {"?", "\xc3\xbc", 1},
        {"??", "\xc3\xbc", 0},
        {"?", "/", 0},
        {"?", "", 0},
        {"[a-c]", "b", 1},
        {"[a-c]", "d", 0},
        {"[^a-c]", "d", 1},
        {"[^a-c]", "a", 0},
        {"[abx-z]x", "yx", 1},
        {"[\\]a]", "]", 1},
        {"[\xc3\xa4-\xc3\xbc]", "\xc3\xb6", 1},
        {"[!a]", "!", 1},
        {"\\*", "*", 1},
        {"\\*", "a", 0},
        {"a\\?b", "a?b", 1},
        {"[", "a", ERR_SYNTAX},
        {"[a", "a", ERR_SYNTAX},
        {"[a-", "a", ERR_SYNTAX},
        {"[]a]", "a", ERR_SYNTAX},
        {"[-x]", "x", ERR_SYNTAX},
        {"a[", "b", 0}, /* not reached */
        {"\\", "a", ERR_SYNTAX},
        {"a*b[", "axbx", ERR_SYNTAX},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        int r = pattern_match(rows[i].pattern, rows[i].name);

        if (r != rows[i].want)
            fail_msg("%s against %s: %d", rows[i].pattern, rows[i].name, r);
    }
}

/* The naive way would need time exponential in the number of stars. */
static void test_many_stars(void **state)
{
    (void)state;
    assert_int_equal(pattern_match("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b",
                                   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                     0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_match),
        cmocka_unit_test(test_many_stars),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
