#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "admin-cgi/secret_code.h"
#include "admin-cgi/totp.h"
#include "common/macros.h"
#include "common/now.h"

/* Of RFC 6238 appendix B. */
static const uint8_t *const secret = (const uint8_t *)"12345678901234567890";

static void test_codes(void **state)
{
    /* Appendix B has eight digits: ours are the last six of them. */
    static const struct {
        const char *name;
        int64_t at_s;
        int64_t last_step;
        const char *typed;
        int want;
        int64_t step;
    } cases[] = {
        {"appendix B, 1970", 59, 0, "287082", 0, 1},
        {"appendix B, 2005", 1111111109, 0, "081804", 0, 37037036},
        {"appendix B, 2005, one second on", 1111111111, 0, "050471", 0, 37037037},
        {"appendix B, 2009", 1234567890, 0, "005924", 0, 41152263},
        {"appendix B, 2033", 2000000000, 0, "279037", 0, 66666666},
        {"appendix B, 2603", 20000000000, 0, "353130", 0, 666666666},
        {"with a space", 59, 0, "287 082", 0, 1},
        {"with hyphens and spaces around", 59, 0, "\t28-70-82 ", 0, 1},
        {"the step before", 1111111111, 0, "081804", 0, 37037036},
        {"the step after", 1111111109, 0, "050471", 0, 37037037},
        {"two steps late", 1111111109 + 60, 0, "081804", ERR_DENIED, 0},
        {"two steps early", 1111111111 - 60, 0, "050471", ERR_DENIED, 0},
        {"used", 1111111109, 37037036, "081804", ERR_DENIED, 0},
        {"older than the one that was used", 1111111111, 37037037, "081804", ERR_DENIED, 0},
        {"wrong", 59, 0, "287083", ERR_DENIED, 0},
        {"short", 59, 0, "28708", ERR_DENIED, 0},
        {"long", 59, 0, "2870822", ERR_DENIED, 0},
        {"nothing", 59, 0, "", ERR_DENIED, 0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        int64_t step = 0;
        int r = totp_check(secret, span_str(cases[i].typed), cases[i].at_s * US_PER_S,
                           cases[i].last_step, &step);

        if (r != cases[i].want || step != cases[i].step)
            fail_msg("%s: %d, step %lld", cases[i].name, r, (long long)step);
    }
}

static void test_key(void **state)
{
    struct buf text = {0}, uri = {0};

    (void)state;
    assert_int_equal(totp_secret_text(&text, secret), 0);
    assert_string_equal(buf_str(&text), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    assert_int_equal(totp_uri(&uri, secret, "Night watch", "vimes@a/b"), 0);
    assert_string_equal(buf_str(&uri), "otpauth://totp/Night%20watch:vimes%40a%2Fb"
                                       "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
                                       "&issuer=Night%20watch");
    buf_release(&text);
    buf_release(&uri);
}

static void test_recovery_codes(void **state)
{
    struct buf code = {0}, other = {0};
    char hash[SHA256_HEX_SIZE], again[SHA256_HEX_SIZE];

    (void)state;
    assert_int_equal(recovery_code_make(&code), 0);
    assert_int_equal(recovery_code_make(&other), 0);
    assert_int_equal(code.len, RECOVERY_CODE_CHARACTERS + 4);
    assert_string_not_equal(buf_str(&code), buf_str(&other));
    assert_true(recovery_code_hash(buf_span(&code), hash));
    for (size_t i = 0; i < code.len; i++) { /* however it is typed */
        if (code.data[i] == '-')
            code.data[i] = ' ';
        else if (code.data[i] >= 'A' && code.data[i] <= 'Z')
            code.data[i] = (char)(code.data[i] - 'A' + 'a');
    }
    assert_true(recovery_code_hash(buf_span(&code), again));
    assert_string_equal(hash, again);
    assert_true(recovery_code_hash(buf_span(&other), again));
    assert_string_not_equal(hash, again);
    assert_false(recovery_code_hash(span_str("ABCDE-FGHIJ-KLMNO-PQRST-UVWX"), hash));
    assert_false(recovery_code_hash(span_str("ABCDE-FGHIJ-KLMNO-PQRST-UVWX1"), hash));
    assert_false(recovery_code_hash(span_str(""), hash));
    buf_release(&code);
    buf_release(&other);
}

static void test_app_passwords(void **state)
{
    struct buf made = {0};

    (void)state;
    assert_int_equal(app_password_make(&made), 0);
    assert_true(app_password_has_form(buf_span(&made)));
    assert_false(app_password_has_form(span_str("nrd_short")));
    assert_false(app_password_has_form(span_sub(buf_span(&made), 1, made.len)));
    buf_release(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes),
        cmocka_unit_test(test_key),
        cmocka_unit_test(test_recovery_codes),
        cmocka_unit_test(test_app_passwords),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
