#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/macros.h"
#include "mediad/rtc/payload.h"

static void test_parse(void **state)
{
    static const struct {
        const char *name;
        enum codec codec;
        uint8_t bytes[12];
        size_t len;
        bool marker;
        int code;
        struct payload_info want;
    } rows[] = {
        {"VP8 keyframe",
         CODEC_VP8,
         {0x90, 0x80, 0x05, 0x50},
         4,
         false,
         0,
         {.keyframe = KEYFRAME_YES,
          .is_picture_start = true,
          .is_frame_start = true,
          .picture_id_bits = 7,
          .picture_id = 5}},
        {"VP8 keyframe and its size",
         CODEC_VP8,
         {0x10, 0x50, 0, 0, 0x9d, 0x01, 0x2a, 0x00, 0x05, 0xd0, 0x42},
         11,
         false,
         0,
         {.keyframe = KEYFRAME_YES,
          .is_picture_start = true,
          .is_frame_start = true,
          .height = 720}},
        {"VP8 keyframe, the rest encrypted",
         CODEC_VP8,
         {0x10, 0x50, 0, 0, 0x9e, 0x01, 0x2a, 0x00, 0x05, 0xd0, 0x42},
         11,
         false,
         0,
         {.keyframe = KEYFRAME_YES, .is_picture_start = true, .is_frame_start = true}},
        {"VP9 keyframe and its size",
         CODEC_VP9,
         {0x0c, 0x82, 0x49, 0x83, 0x42, 0x20, 0x4f, 0xf0, 0x2c, 0xf0},
         10,
         true,
         0,
         {.keyframe = KEYFRAME_YES,
          .is_picture_start = true,
          .is_frame_start = true,
          .is_frame_end = true,
          .height = 720}},
        {"VP9 structure: the highest layer's size",
         CODEC_VP9,
         {0x0a, 0x30, 0x01, 0x40, 0x00, 0xb4, 0x02, 0x80, 0x01, 0x68, 0x82},
         11,
         false,
         0,
         {.keyframe = KEYFRAME_YES,
          .is_picture_start = true,
          .is_frame_start = true,
          .height = 360}},
        {"VP8 layer sync, last packet",
         CODEC_VP8,
         {0x90, 0x20, 0x60, 0x51},
         4,
         true,
         0,
         {.keyframe = KEYFRAME_NO,
          .is_picture_start = true,
          .is_frame_start = true,
          .is_frame_end = true,
          .has_tid = true,
          .tid = 1,
          .is_switch_point = true,
          .is_inter = true}},
        {"VP8 probe", CODEC_VP8, {0}, 0, true, ERR_TRUNCATED, {0}},
        {"VP9 upper layer: E ends the frame, not the marker",
         CODEC_VP9,
         {0x2d, 0x33, 0x00, 0x82},
         4,
         false,
         0,
         {.keyframe = KEYFRAME_NO,
          .is_frame_start = true,
          .is_frame_end = true,
          .has_tid = true,
          .tid = 1,
          .sid = 1,
          .is_up_point = true,
          .is_not_reference = true}},
        {"VP9 marker without E",
         CODEC_VP9,
         {0x40, 0x82},
         2,
         true,
         0,
         {.keyframe = KEYFRAME_NO, .is_inter = true}},
        {"H.264 SPS",
         CODEC_H264,
         {0x67, 0x42},
         2,
         false,
         0,
         {.keyframe = KEYFRAME_YES, .is_picture_start = true, .is_frame_start = true}},
        {"AV1 cut off",
         CODEC_AV1,
         {0x08, 9, 8},
         3,
         true,
         0,
         {.keyframe = KEYFRAME_UNKNOWN, .is_frame_end = true, .is_inter = true}},
        {"Opus",
         CODEC_OPUS,
         {0xfc},
         1,
         false,
         0,
         {.is_picture_start = true, .is_frame_start = true, .is_frame_end = true}},
        {"Opus, empty", CODEC_OPUS, {0}, 0, false, ERR_TRUNCATED, {0}},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct payload_info info;
        int r;

        memset(&info, 0xff, sizeof info);
        r = payload_parse(rows[i].codec, span_of(rows[i].bytes, rows[i].len), rows[i].marker,
                          &info);
        if (r != rows[i].code || info.keyframe != rows[i].want.keyframe)
            print_error("%s: %d\n", rows[i].name, r);
        assert_int_equal(r, rows[i].code);
        assert_int_equal(info.keyframe, rows[i].want.keyframe);
        assert_int_equal(info.is_picture_start, rows[i].want.is_picture_start);
        assert_int_equal(info.is_frame_start, rows[i].want.is_frame_start);
        assert_int_equal(info.is_frame_end, rows[i].want.is_frame_end);
        assert_int_equal(info.has_tid, rows[i].want.has_tid);
        assert_int_equal(info.tid, rows[i].want.tid);
        assert_int_equal(info.sid, rows[i].want.sid);
        assert_int_equal(info.is_switch_point, rows[i].want.is_switch_point);
        assert_int_equal(info.is_up_point, rows[i].want.is_up_point);
        assert_int_equal(info.height, rows[i].want.height);
        assert_int_equal(info.is_not_reference, rows[i].want.is_not_reference);
        assert_int_equal(info.is_inter, rows[i].want.is_inter);
        assert_int_equal(info.picture_id_bits, rows[i].want.picture_id_bits);
        assert_int_equal(info.picture_id, rows[i].want.picture_id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
