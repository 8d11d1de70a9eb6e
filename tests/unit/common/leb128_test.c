#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/leb128.h"
#include "common/macros.h"

static void test_there_and_back(void **state)
{
    static const struct {
        uint32_t value;
        size_t len;
    } rows[] = {{0, 1}, {127, 1}, {128, 2}, {16383, 2}, {16384, 3}, {UINT32_MAX, 5}};

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        uint8_t bytes[LEB128_MAX];
        size_t len = leb128_write(bytes, rows[i].value);
        struct reader r = reader_init(span_of(bytes, len));

        assert_int_equal(rows[i].len, len);
        assert_int_equal(rows[i].value, leb128_read(&r));
        assert_int_equal(0, reader_left(&r));
        assert_false(r.bad);
    }
}

static void test_what_is_none(void **state)
{
    static const uint8_t endless[] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01};
    static const uint8_t large[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01};
    struct reader r = reader_init(span_of(endless, sizeof endless));

    (void)state;
    (void)leb128_read(&r);
    assert_true(r.bad);
    r = reader_init(span_of(endless, 3));
    (void)leb128_read(&r);
    assert_true(r.bad);
    r = reader_init(span_of(large, sizeof large));
    assert_int_equal(UINT32_MAX, leb128_read(&r));
    assert_false(r.bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_what_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
