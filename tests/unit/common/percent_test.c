#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "common/percent.h"

static void test_add(void **state)
{
    static const struct {
        const char *name, *text, *keep, *want;
    } rows[] = {
        {"nothing", "", "", ""},
        {"unreserved characters", "azAZ09-._~", "", "azAZ09-._~"},
        {"a slash", "a/b", "", "a%2Fb"},
        {"a slash to keep", "a/b", "/", "a/b"},
        {"the escape itself", "100%", "/", "100%25"},
        {"other characters", " ?#[]", "", "%20%3F%23%5B%5D"},
        {"bytes of UTF-8", "\xc3\xa9", "", "%C3%A9"},
        {"control characters", "\x01\x7f", "", "%01%7F"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct buf out = {0};

        percent_add(&out, rows[i].text, rows[i].keep);
        assert_int_equal(buf_check(&out), 0);
        if (!span_eq_str(buf_span(&out), rows[i].want))
            fail_msg("%s: %s", rows[i].name, buf_str(&out));
        buf_release(&out);
    }
}

static void test_take(void **state)
{
    static const struct {
        const char *name, *text;
        int byte;
        size_t rest;
    } rows[] = {
        {"a plain byte", "ab", 'a', 1},
        {"a plus", "+b", '+', 1},
        {"an escape", "%41b", 'A', 1},
        {"lower case", "%e9", 0xe9, 0},
        {"upper case", "%E9", 0xe9, 0},
        {"a zero", "%00x", 0, 1},
        {"an escaped escape", "%2541", '%', 2},
        {"a byte above ASCII", "\xe9", 0xe9, 0},
        {"nothing behind it", "%", -1, 1},
        {"one digit", "%4", -1, 2},
        {"no digits", "%zz", -1, 3},
        {"one good digit", "%4z", -1, 3},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct span s = span_str(rows[i].text);
        int byte = percent_take(&s);

        if (byte != rows[i].byte || s.len != rows[i].rest)
            fail_msg("%s: %d, %zu left", rows[i].name, byte, s.len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add),
        cmocka_unit_test(test_take),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
