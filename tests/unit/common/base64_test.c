#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/base64.h"
#include "common/macros.h"

/* RFC 4648 section 10, and the two digits that base64url has not. */
static void test_vectors(void **state)
{
    static const struct {
        const char *text, *bytes;
    } rows[] = {
        {"", ""},
        {"Zg==", "f"},
        {"Zm8=", "fo"},
        {"Zm9v", "foo"},
        {"Zm9vYg==", "foob"},
        {"Zm9vYmE=", "fooba"},
        {"Zm9vYmFy", "foobar"},
        {"++//", "\xFB\xEF\xFF"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct buf bytes = {0};

        buf_add_str(&bytes, ">");
        if (base64_decode(&bytes, span_str(rows[i].text)) != 0)
            fail_msg("%s is refused", rows[i].text);
        assert_string_equal(buf_str(&bytes) + 1, rows[i].bytes);
        buf_release(&bytes);
    }
}

static void test_refused(void **state)
{
    static const struct {
        const char *name, *text;
    } rows[] = {
        {"no padding", "Zg"},
        {"padding one short", "Zg="},
        {"padding alone", "===="},
        {"three times padding", "Z==="},
        {"padding inside", "Zg==Zm9v"},
        {"white space", "Zm 9"},
        {"newline at the end", "Zg=\n"},
        {"digits of base64url", "--__"},
        {"stray bits", "Zh=="},
        {"more stray bits", "Zm9="},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct buf bytes = {0};

        buf_add_str(&bytes, "kept");
        if (base64_decode(&bytes, span_str(rows[i].text)) != ERR_SYNTAX)
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
