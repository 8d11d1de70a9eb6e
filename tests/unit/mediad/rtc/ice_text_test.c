#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/macros.h"
#include "mediad/rtc/ice_text.h"

static void test_values(void **state)
{
    static const struct {
        uint8_t character;
        int value; /* -1: none */
    } rows[] = {
        {'A', 0},  {'Z', 25}, {'a', 26}, {'z', 51}, {'0', 52}, {'9', 61},
        {'+', 62}, {'/', 63}, {'-', -1}, {'_', -1}, {'=', -1}, {0, -1},
        {'@', -1}, {'[', -1}, {'`', -1}, {'{', -1}, {':', -1}, {0xc1, -1},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        unsigned value = 999;

        print_message("row: %u\n", rows[i].character);
        assert_int_equal(rows[i].value >= 0, ice_text_value(rows[i].character, &value));
        assert_int_equal(rows[i].value >= 0 ? rows[i].value : 999, value);
        if (rows[i].value >= 0)
            assert_int_equal(rows[i].character, ice_text_char(value));
    }
    for (unsigned i = 0; i < 256; i++) {
        unsigned value;

        assert_true(ice_text_value((uint8_t)ice_text_char(i), &value));
        assert_int_equal(i % 64, value);
    }
}

static void test_make(void **state)
{
    static const uint8_t random[] = {0, 63, 64, 255, 27};
    char text[] = "??????";

    (void)state;
    ice_text_make(text, random, sizeof random);
    assert_string_equal("A/A/b", text);
}

static void test_check(void **state)
{
    static const struct {
        const char *name, *text;
        size_t min, max;
        const char *also;
        bool want;
    } rows[] = {
        {"just long enough", "aB1+", 4, 8, "", true},
        {"too short", "aB1", 4, 8, "", false},
        {"just short enough", "aB1+/zZ9", 4, 8, "", true},
        {"too long", "aB1+/zZ90", 4, 8, "", false},
        {"empty, which is allowed", "", 0, 8, "", true},
        {"another character", "aB1-", 4, 8, "", false},
        {"another character that may pass", "aB1-", 4, 8, "=-", true},
        {"one that may not", "aB1_", 4, 8, "=-", false},
        {"a space", "aB 1", 4, 8, "=-", false},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        print_message("row: %s\n", rows[i].name);
        assert_int_equal(rows[i].want, ice_text_check(span_str(rows[i].text), rows[i].min,
                                                      rows[i].max, rows[i].also));
    }
    assert_false(ice_text_check(span_of((const uint8_t *)"a\0b", 3), 1, 8, "=-"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_make),
        cmocka_unit_test(test_check),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
