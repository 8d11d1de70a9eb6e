#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/macros.h"
#include "mediad/rtc/payload_vp8.h"

/* RFC 7741 section 4.6 gives these forms; `x` is the picture's first byte. */
static void test_descriptor(void **state)
{
    static const struct {
        const char *name;
        uint8_t bytes[12];
        size_t len;
        int code;
        struct vp8_descriptor want;
    } rows[] = {
        {"one byte", {0x10, 'x'}, 2, 0, {.size = 1, .is_start = true}},
        {"partition 3, non-reference",
         {0x23, 'x'},
         2,
         0,
         {.size = 1, .is_non_reference = true, .partition = 3}},
        {"picture id of 7 bits",
         {0x90, 0x80, 0x11, 'x'},
         4,
         0,
         {.size = 3, .is_start = true, .picture_id_bits = 7, .picture_id_at = 2, .picture_id = 17}},
        {"picture id of 15 bits",
         {0x90, 0x80, 0x92, 0x34, 'x'},
         5,
         0,
         {.size = 4,
          .is_start = true,
          .picture_id_bits = 15,
          .picture_id_at = 2,
          .picture_id = 0x1234}},
        {"everything",
         {0x90, 0xf0, 0x81, 0x02, 0x55, 0xbf, 'x'},
         7,
         0,
         {.size = 6,
          .is_start = true,
          .picture_id_bits = 15,
          .picture_id_at = 2,
          .picture_id = 0x102,
          .has_tl0picidx = true,
          .tl0picidx_at = 4,
          .tl0picidx = 0x55,
          .has_tid = true,
          .tid = 2,
          .is_layer_sync = true,
          .has_keyidx = true,
          .keyidx = 31}},
        {"key index alone",
         {0x90, 0x10, 0xff, 'x'},
         4,
         0,
         {.size = 3, .is_start = true, .has_keyidx = true, .keyidx = 31}},
        {"empty: a padding probe", {0}, 0, ERR_TRUNCATED, {0}},
        {"descriptor and nothing else", {0x10}, 1, ERR_TRUNCATED, {0}},
        {"extension cut off", {0x90}, 1, ERR_TRUNCATED, {0}},
        {"picture id cut off", {0x90, 0x80, 0x92}, 3, ERR_TRUNCATED, {0}},
        {"layers cut off", {0x90, 0x60, 0x01}, 3, ERR_TRUNCATED, {0}},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct vp8_descriptor d = {.size = 99};
        int r = vp8_descriptor_parse(&d, span_of(rows[i].bytes, rows[i].len));

        if (r != rows[i].code)
            print_error("%s: %d\n", rows[i].name, r);
        assert_int_equal(r, rows[i].code);
        if (r < 0) {
            assert_int_equal(d.size, 99);
            continue;
        }
        assert_int_equal(d.size, rows[i].want.size);
        assert_int_equal(d.is_start, rows[i].want.is_start);
        assert_int_equal(d.is_non_reference, rows[i].want.is_non_reference);
        assert_int_equal(d.partition, rows[i].want.partition);
        assert_int_equal(d.picture_id_bits, rows[i].want.picture_id_bits);
        assert_int_equal(d.picture_id_at, rows[i].want.picture_id_at);
        assert_int_equal(d.picture_id, rows[i].want.picture_id);
        assert_int_equal(d.has_tl0picidx, rows[i].want.has_tl0picidx);
        assert_int_equal(d.tl0picidx_at, rows[i].want.tl0picidx_at);
        assert_int_equal(d.tl0picidx, rows[i].want.tl0picidx);
        assert_int_equal(d.has_tid, rows[i].want.has_tid);
        assert_int_equal(d.tid, rows[i].want.tid);
        assert_int_equal(d.is_layer_sync, rows[i].want.is_layer_sync);
        assert_int_equal(d.has_keyidx, rows[i].want.has_keyidx);
        assert_int_equal(d.keyidx, rows[i].want.keyidx);
    }
}

static void test_keyframe(void **state)
{
    static const struct {
        const char *name;
        uint8_t bytes[11];
        uint8_t len;
        enum keyframe_test want;
    } rows[] = {
        {"640x480",
         {0x10, 0x50, 0x42, 0x00, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01},
         11,
         KEYFRAME_YES},
        {"cut behind its first byte", {0x10, 0x50}, 2, KEYFRAME_YES},
        {"inter frame", {0x10, 0x51, 0x42, 0x00}, 4, KEYFRAME_NO},
        {"in the middle", {0x00, 0x50, 0x42}, 3, KEYFRAME_NO},
        {"start of another partition", {0x11, 0x50, 0x42}, 3, KEYFRAME_NO},
        {"empty", {0}, 0, KEYFRAME_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct span payload = span_of(rows[i].bytes, rows[i].len);

        if (vp8_keyframe(payload) != rows[i].want)
            print_error("%s\n", rows[i].name);
        assert_int_equal(vp8_keyframe(payload), rows[i].want);
    }
}

static void test_rewrite(void **state)
{
    static const struct {
        uint8_t bytes[7];
        uint16_t set, want;
    } rows[] = {
        {{0x90, 0xc0, 0x7f, 9, 'x'}, 0x85, 0x05},
        {{0x90, 0xc0, 0xff, 0xff, 9, 'x'}, 0x8085, 0x0085},
        {{0x90, 0xc0, 0x80, 0x00, 9, 'x'}, 0x7fff, 0x7fff},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        uint8_t copy[7];
        struct vp8_descriptor before, after;

        memcpy(copy, rows[i].bytes, sizeof copy);
        assert_int_equal(vp8_descriptor_parse(&before, span_of(copy, sizeof copy)), 0);
        vp8_set_picture_id(copy, &before, rows[i].set);
        vp8_set_tl0picidx(copy, &before, 10);
        assert_int_equal(vp8_descriptor_parse(&after, span_of(copy, sizeof copy)), 0);
        assert_int_equal(after.picture_id, rows[i].want);
        assert_int_equal(after.picture_id_bits, before.picture_id_bits);
        assert_int_equal(after.tl0picidx, 10);
        assert_int_equal(after.size, before.size);
        assert_int_equal(copy[before.size], 'x');
    }
    {
        uint8_t bare[2] = {0x10, 'x'};
        struct vp8_descriptor d;

        assert_int_equal(vp8_descriptor_parse(&d, span_of(bare, 2)), 0);
        vp8_set_picture_id(bare, &d, 5);
        vp8_set_tl0picidx(bare, &d, 5);
        assert_int_equal(bare[0], 0x10);
        assert_int_equal(bare[1], 'x');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_descriptor),
        cmocka_unit_test(test_keyframe),
        cmocka_unit_test(test_rewrite),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
