#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/bit_reader.h"
#include "common/macros.h"

static void test_bits(void **state)
{
    static const uint8_t bytes[] = {0xa5, 0x0f, 0xff, 0x00, 0x80};
    struct bit_reader r = bit_reader_init(span_of(bytes, sizeof bytes));

    (void)state;
    assert_true(bit_reader_flag(&r));
    assert_int_equal(bit_reader_bits(&r, 3), 2);
    assert_int_equal(bit_reader_bits(&r, 8), 0x50); /* over a byte's end */
    assert_int_equal(bit_reader_bits(&r, 0), 0);
    bit_reader_skip(&r, 4);
    assert_int_equal(bit_reader_left(&r), 24);
    assert_int_equal(bit_reader_bits(&r, 23), 0x7f8040);
    assert_false(r.bad);
    assert_int_equal(bit_reader_bits(&r, 2), 0);
    assert_true(r.bad);
    assert_int_equal(bit_reader_left(&r), 0);
    assert_int_equal(bit_reader_bits(&r, 1), 0);

    r = bit_reader_init(span_of(bytes, sizeof bytes));
    assert_true(bit_reader_bits(&r, 32) == 0xa50fff00);
    r = bit_reader_init(span_of(NULL, 0));
    assert_false(bit_reader_flag(&r));
    assert_true(r.bad);
}

/* AV1 specification, section 4.10.7: of five values three take two bits, two take three. */
static void test_below(void **state)
{
    static const uint8_t bytes[] = {0x1b, 0x80}; /* 00 01 10 111 0 0… */
    struct bit_reader r = bit_reader_init(span_of(bytes, sizeof bytes));

    (void)state;
    assert_int_equal(bit_reader_below(&r, 5), 0);
    assert_int_equal(bit_reader_below(&r, 5), 1);
    assert_int_equal(bit_reader_below(&r, 5), 2);
    assert_int_equal(bit_reader_below(&r, 5), 4);
    assert_int_equal(bit_reader_left(&r), 7);
    assert_int_equal(bit_reader_below(&r, 1), 0);
    assert_int_equal(bit_reader_below(&r, 0), 0);
    assert_int_equal(bit_reader_left(&r), 7);
}

static void test_golomb(void **state)
{
    static const uint8_t bytes[] = {0xa6, 0x42, 0x98}; /* 1 010 011 00100 00101 00110 00… */
    static const uint8_t zeros[5] = {0};
    struct bit_reader r = bit_reader_init(span_of(bytes, sizeof bytes));

    (void)state;
    for (uint32_t i = 0; i < 6; i++)
        assert_int_equal(bit_reader_golomb(&r), i);
    assert_false(r.bad);
    r = bit_reader_init(span_of(zeros, sizeof zeros));
    assert_int_equal(bit_reader_golomb(&r), 0);
    assert_true(r.bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bits),
        cmocka_unit_test(test_below),
        cmocka_unit_test(test_golomb),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
