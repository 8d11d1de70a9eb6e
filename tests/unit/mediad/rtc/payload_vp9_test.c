#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "mediad/rtc/payload_vp9.h"

static void test_descriptor(void **state)
{
    static const struct {
        const char *name;
        uint8_t bytes[24];
        size_t len;
        int code;
        struct vp9_descriptor want;
    } rows[] = {
        {"start and end", {0x0c, 'x'}, 2, 0, {.size = 1, .is_start = true, .is_end = true}},
        {"picture id of 7 bits, predicted",
         {0xc8, 0x05, 'x'},
         3,
         0,
         {.size = 2, .is_inter = true, .is_start = true, .picture_id_bits = 7, .picture_id = 5}},
        {"15 bits and layers",
         {0xa1, 0x81, 0x02, 0x55, 0x99, 'x'},
         6,
         0,
         {.size = 5,
          .is_not_reference = true,
          .picture_id_bits = 15,
          .picture_id = 0x102,
          .has_layers = true,
          .tid = 2,
          .is_switch_point = true,
          .sid = 2,
          .is_inter_layer = true}},
        {"flexible: no TL0PICIDX, two differences",
         {0x70, 0x40, 0x03, 0x04, 'x'},
         5,
         0,
         {.size = 4, .is_inter = true, .is_flexible = true, .has_layers = true, .tid = 2}},
        {"structure with two sizes and pictures",
         {0x0a, 0x38, 0x01, 0x40, 0x00, 0xb4, 0x02, 0x80, 0x01, 0x68, 0x02, 0x00, 0x14, 0x01, 'x'},
         15,
         0,
         {.size = 14, .is_start = true}},
        {"empty", {0}, 0, ERR_TRUNCATED, {0}},
        {"nothing after it", {0x0c}, 1, ERR_TRUNCATED, {0}},
        {"picture id cut off", {0x80, 0x81}, 2, ERR_TRUNCATED, {0}},
        {"four differences", {0x50, 0x03, 0x03, 0x03, 0x02, 'x'}, 6, ERR_SYNTAX, {0}},
        {"structure cut off", {0x0a, 0x18, 0x01}, 3, ERR_TRUNCATED, {0}},
        {"pictures cut off", {0x0a, 0x08, 0xff, 0x0c, 1, 2}, 6, ERR_TRUNCATED, {0}},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct vp9_descriptor d = {.size = 99};
        int r = vp9_descriptor_parse(&d, span_of(rows[i].bytes, rows[i].len));

        if (r != rows[i].code || (r == 0 && d.size != rows[i].want.size))
            print_error("%s: %d, size %u\n", rows[i].name, r, d.size);
        assert_int_equal(r, rows[i].code);
        if (r < 0) {
            assert_int_equal(d.size, 99);
            continue;
        }
        assert_int_equal(d.size, rows[i].want.size);
        assert_int_equal(d.is_inter, rows[i].want.is_inter);
        assert_int_equal(d.is_flexible, rows[i].want.is_flexible);
        assert_int_equal(d.is_start, rows[i].want.is_start);
        assert_int_equal(d.is_end, rows[i].want.is_end);
        assert_int_equal(d.is_not_reference, rows[i].want.is_not_reference);
        assert_int_equal(d.has_layers, rows[i].want.has_layers);
        assert_int_equal(d.tid, rows[i].want.tid);
        assert_int_equal(d.sid, rows[i].want.sid);
        assert_int_equal(d.is_switch_point, rows[i].want.is_switch_point);
        assert_int_equal(d.is_inter_layer, rows[i].want.is_inter_layer);
        assert_int_equal(d.picture_id_bits, rows[i].want.picture_id_bits);
        assert_int_equal(d.picture_id, rows[i].want.picture_id);
    }
}

static void test_keyframe(void **state)
{
    static const struct {
        const char *name;
        uint8_t bytes[6];
        size_t len;
        enum keyframe_test want;
    } rows[] = {
        {"profile 0", {0x08, 0x82}, 2, KEYFRAME_YES},
        {"profile 0, inter frame", {0x08, 0x86}, 2, KEYFRAME_NO},
        {"profile 0, shows an existing frame", {0x08, 0x8a}, 2, KEYFRAME_NO},
        {"profile 2", {0x08, 0x92}, 2, KEYFRAME_YES},
        {"profile 3: a reserved bit first", {0x08, 0xb1}, 2, KEYFRAME_YES},
        {"profile 3, inter frame", {0x08, 0xb2}, 2, KEYFRAME_NO},
        {"profile 3, shows an existing frame", {0x08, 0xb4}, 2, KEYFRAME_NO},
        {"no frame marker: encrypted", {0x08, 0x42}, 2, KEYFRAME_UNKNOWN},
        {"not the start", {0x00, 0x82}, 2, KEYFRAME_NO},
        {"predicted", {0x48, 0x86}, 2, KEYFRAME_NO},
        {"upper layer of a key picture", {0x28, 0x03, 0x00, 0x82}, 4, KEYFRAME_NO},
        {"empty", {0}, 0, KEYFRAME_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        enum keyframe_test test = vp9_keyframe(span_of(rows[i].bytes, rows[i].len));

        if (test != rows[i].want)
            print_error("%s: %d\n", rows[i].name, test);
        assert_int_equal(test, rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_descriptor),
        cmocka_unit_test(test_keyframe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
