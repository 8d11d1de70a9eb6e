#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "admin-cgi/app.h"
#include "admin-cgi/seal.h"

static void test_opens_for_its_purpose_alone(void **state)
{
    static const struct app app = {.secret_key = {1, 2, 3}}, other = {.secret_key = {1, 2, 4}};
    const struct span text = span_str("a secret"), one = span_str("account 1");
    struct buf sealed = {0}, twice = {0}, plain = {0};

    (void)state;
    assert_int_equal(seal_add(&sealed, &app, "a", one, text), 0);
    assert_int_equal(seal_add(&twice, &app, "a", one, text), 0);
    assert_false(span_eq(buf_span(&sealed), buf_span(&twice)));
    assert_null(memmem(sealed.data, sealed.len, text.data, text.len));
    assert_int_equal(seal_open(&plain, &app, "a", one, buf_span(&sealed)), 0);
    assert_true(span_eq(buf_span(&plain), text));
    buf_clear(&plain);
    assert_int_equal(seal_open(&plain, &app, "b", one, buf_span(&sealed)), ERR_INVALID);
    assert_int_equal(seal_open(&plain, &other, "a", one, buf_span(&sealed)), ERR_INVALID);
    assert_int_equal(seal_open(&plain, &app, "a", span_str("account 2"), buf_span(&sealed)),
                     ERR_INVALID);
    for (size_t i = 0; i < sealed.len; i++) {
        sealed.data[i] ^= 1;
        assert_int_equal(seal_open(&plain, &app, "a", one, buf_span(&sealed)), ERR_INVALID);
        sealed.data[i] ^= 1;
        assert_int_equal(seal_open(&plain, &app, "a", one, span_sub(buf_span(&sealed), 0, i)),
                         ERR_INVALID);
    }
    assert_int_equal(plain.len, 0);
    buf_release(&sealed);
    buf_release(&twice);
    buf_release(&plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_opens_for_its_purpose_alone)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
