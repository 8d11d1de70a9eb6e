#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/base64url.h"
#include "common/macros.h"

/* RFC 4648 section 10, without the padding, and the two characters that differ from base64. */
static void test_vectors(void **state)
{
    static const struct {
        const char *bytes, *text;
    } rows[] = {
        {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xFB\xEF\xFF", "--__"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct buf text = {0};
        struct buf bytes = {0};

        buf_add_str(&text, ">");
        base64url_add(&text, span_str(rows[i].bytes));
        assert_string_equal(buf_str(&text) + 1, rows[i].text);
        assert_int_equal(base64url_decode(&bytes, span_str(rows[i].text)), 0);
        assert_string_equal(buf_str(&bytes), rows[i].bytes);
        buf_release(&text);
        buf_release(&bytes);
    }
}

static void test_refused(void **state)
{
    static const struct {
        const char *name, *text;
    } rows[] = {
        {"padding", "Zg=="},  {"white space", "Zm 9v"},   {"newline at the end", "Zm9v\n"},
        {"plus", "++//"},     {"one character", "Z"},     {"five characters", "Zm9vY"},
        {"stray bits", "Zh"}, {"more stray bits", "Zm9"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct buf bytes = {0};

        buf_add_str(&bytes, "kept");
        if (base64url_decode(&bytes, span_str(rows[i].text)) != ERR_SYNTAX)
            fail_msg("%s is accepted", rows[i].name);
        assert_string_equal(buf_str(&bytes), "kept");
        buf_release(&bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
