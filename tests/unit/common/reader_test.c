#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/reader.h"

static const uint8_t bytes[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B,
                                0x0C, 0x0D, 0x0E, 0x0F, 0x10, 0x11, 0x12, 0xFF, 0xFE, 0xFD};

static void test_numbers(void **state)
{
    struct reader r = reader_init(span_of(bytes, sizeof bytes));
    struct span s;

    (void)state;
    assert_int_equal(reader_u8(&r), 0x01);
    assert_int_equal(reader_u16(&r), 0x0203);
    assert_int_equal(reader_u24(&r), 0x040506);
    assert_int_equal(reader_u32(&r), 0x0708090A);
    assert_true(reader_u64(&r) == UINT64_C(0x0B0C0D0E0F101112));
    assert_int_equal(reader_left(&r), 3);
    s = reader_span(&r, 2);
    assert_ptr_equal(s.data, bytes + 18);
    assert_int_equal(s.len, 2);
    reader_skip(&r, 1);
    assert_false(r.bad);
    assert_int_equal(reader_left(&r), 0);
    assert_int_equal(reader_span(&r, 0).len, 0);
    assert_false(r.bad);
    assert_int_equal(reader_u8(&r), 0);
    assert_true(r.bad);
}

/* Whatever is asked for one byte before its end gives 0, and so does everything afterwards. The
 * block has no byte more than it should, so that a sanitizer sees a step too far. */
static void test_past_the_end(void **state)
{
    (void)state;
    for (size_t wanted = 1; wanted <= 8; wanted++) {
        uint8_t *block = malloc(wanted);
        struct reader r;
        uint64_t value = 0;

        memset(block, 0xAA, wanted);
        r = reader_init(span_of(block + 1, wanted - 1));
        switch (wanted) {
        case 1:
            value = reader_u8(&r);
            break;
        case 2:
            value = reader_u16(&r);
            break;
        case 3:
            value = reader_u24(&r);
            break;
        case 4:
            value = reader_u32(&r);
            break;
        case 8:
            value = reader_u64(&r);
            break;
        default:
            assert_null(reader_span(&r, wanted).data);
            break;
        }
        assert_true(value == 0);
        assert_true(r.bad);
        assert_int_equal(reader_left(&r), 0);
        assert_int_equal(reader_u8(&r), 0);
        free(block);
    }
}

static void test_nothing(void **state)
{
    struct reader r = reader_init(span_of(NULL, 0));

    (void)state;
    assert_int_equal(reader_left(&r), 0);
    assert_int_equal(reader_span(&r, 0).len, 0);
    assert_false(r.bad);
    reader_skip(&r, SIZE_MAX);
    assert_true(r.bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_past_the_end),
        cmocka_unit_test(test_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
