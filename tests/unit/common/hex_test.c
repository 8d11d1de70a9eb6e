#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "common/hex.h"
#include "common/macros.h"

/* All 256 characters: the digits of both cases mean something, nothing else does. */
static void test_digits(void **state)
{
    static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";

    (void)state;
    for (int c = 0; c < 256; c++) {
        const char *at = c ? strchr(lower, c) : NULL;
        int want = at ? (int)(at - lower) : -1;

        if (!at && c && (at = strchr(upper, c)))
            want = (int)(at - upper);
        if (hex_digit((uint8_t)c) != want)
            fail_msg("character %d gives %d", c, hex_digit((uint8_t)c));
    }
}

static void test_there_and_back(void **state)
{
    static const uint8_t bytes[] = {0x00, 0x0f, 0xf0, 0xff, 0x5a};
    char text[HEX_SIZE(sizeof bytes)];
    uint8_t back[sizeof bytes];
    struct buf added = {0};

    (void)state;
    assert_ptr_equal(hex_format(text, bytes, sizeof bytes), text);
    assert_string_equal(text, "000ff0ff5a");
    buf_add_str(&added, ">");
    hex_add(&added, bytes, sizeof bytes);
    assert_string_equal(buf_str(&added), ">000ff0ff5a");
    buf_release(&added);
    assert_int_equal(hex_decode(text, back, sizeof back), sizeof back);
    assert_memory_equal(back, bytes, sizeof bytes);
    assert_int_equal(hex_decode("000FF0fF5A", back, sizeof back), sizeof back);
    assert_memory_equal(back, bytes, sizeof bytes);
    assert_string_equal(hex_format(text, bytes, 0), "");
    assert_int_equal(hex_decode("", back, 0), 0);
}

static void test_refused(void **state)
{
    static const struct {
        const char *name, *text;
    } rows[] = {
        {"odd length", "abc"},       {"another letter", "0g"},
        {"white space", "0 "},       {"a sign", "+1"},
        {"a prefix", "0x"},          {"more than fits", "00112233"},
        {"between the cases", "@`"}, {"a byte above ASCII", "\xb0\xb1"},
    };
    uint8_t out[3];

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        if (hex_decode(rows[i].text, out, sizeof out) != -1)
            fail_msg("%s is accepted", rows[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digits),
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
