#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/span.h"

static void test_printable(void **state)
{
    static const struct {
        struct span text;
        size_t size;
        const char *want;
    } rows[] = {
        {{(const uint8_t *)"", 0}, 4, ""},
        {{(const uint8_t *)"abc", 3}, 4, "abc"},
        {{(const uint8_t *)"abcd", 4}, 4, "..."},
        {{(const uint8_t *)"abcd", 4}, 5, "abcd"},
        {{(const uint8_t *)"a\tb\x7f", 4}, 20, "a\\x09b\\x7F"},
        {{(const uint8_t *)"a\0b", 3}, 20, "a\\x00b"},
        {{(const uint8_t *)"\xff", 1}, 5, "\\xFF"},
        {{(const uint8_t *)"\xff", 1}, 4, "..."},
        {{(const uint8_t *)"gr\xc3\xbc\xc3\x9f"
                           "e",
          7},
         8,
         "gr\xc3\xbc\xc3\x9f"
         "e"},
        {{(const uint8_t *)"gr\xc3\xbc\xc3\x9f"
                           "e",
          7},
         7,
         "gr..."},
        {{(const uint8_t *)"gr\xc3", 3}, 20, "gr\\xC3"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char buf[32];

        assert_ptr_equal(span_printable(rows[i].text, buf, rows[i].size), buf);
        if (strcmp(buf, rows[i].want) != 0)
            fail_msg("row %zu: got %s, want %s", i, buf, rows[i].want);
    }
}

/* Every cut of a text of all kinds stays inside its buffer. */
static void test_printable_stays_inside(void **state)
{
    static const char text[] = "a\x01\xff\xf0\x9f\x98\x80z\x7f\xc3\xbc";

    (void)state;
    for (size_t size = 4; size < 40; size++) {
        for (size_t len = 0; len < sizeof text; len++) {
            char buf[64];

            memset(buf, '#', sizeof buf);
            span_printable(span_of(text, len), buf, size);
            assert_true(strlen(buf) < size);
            assert_int_equal(buf[size], '#');
            assert_true(span_is_utf8(span_str(buf)));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_printable),
        cmocka_unit_test(test_printable_stays_inside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
