#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/reader.h"
#include "common/writer.h"

static void test_numbers(void **state)
{
    static const uint8_t want[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A,
                                   0x0B, 0x0C, 0x0D, 0x0E, 0x0F, 0x10, 0x11, 0x12, 'x',  'y'};
    uint8_t block[sizeof want];
    struct writer w = writer_init(block, sizeof block);

    (void)state;
    writer_u8(&w, 0x01);
    writer_u16(&w, 0x0203);
    writer_u24(&w, 0xFF040506);
    writer_u32(&w, 0x0708090A);
    writer_u64(&w, UINT64_C(0x0B0C0D0E0F101112));
    writer_span(&w, span_str("xy"));
    writer_span(&w, span_of(NULL, 0));
    assert_false(w.bad);
    assert_true(span_eq(writer_done(&w), span_of(want, sizeof want)));
}

/* What does not fit is not begun, and nothing follows it. */
static void test_past_the_end(void **state)
{
    uint8_t block[4] = {0, 0, 0, 0xEE};
    struct writer w = writer_init(block, 3);

    (void)state;
    writer_u16(&w, 0x0102);
    writer_u16(&w, 0x0304);
    assert_true(w.bad);
    assert_int_equal(w.len, 2);
    writer_u8(&w, 5);
    assert_int_equal(w.len, 2);
    writer_span(&w, span_str("z"));
    assert_int_equal(w.len, 2);
    assert_memory_equal(block, "\x01\x02\x00\xEE", 4);
    w = writer_init(block, 3);
    writer_span(&w, span_str("four"));
    assert_true(w.bad);
    assert_int_equal(w.len, 0);
}

static void test_patch(void **state)
{
    uint8_t block[6];
    struct writer w = writer_init(block, sizeof block);

    (void)state;
    writer_u32(&w, 0);
    writer_patch_u16(&w, 1, 0xABCD);
    writer_patch_u16(&w, 2, 0xCDEF);
    assert_false(w.bad);
    assert_memory_equal(block, "\x00\xAB\xCD\xEF", 4);
    writer_patch_u16(&w, 3, 0x1111);
    assert_true(w.bad);
    assert_memory_equal(block, "\x00\xAB\xCD\xEF", 4);
    w = writer_init(block, sizeof block);
    writer_patch_u16(&w, 0, 1);
    assert_true(w.bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_past_the_end),
        cmocka_unit_test(test_patch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
