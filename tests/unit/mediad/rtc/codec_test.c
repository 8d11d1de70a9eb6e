#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/macros.h"
#include "mediad/rtc/codec.h"

static void test_names(void **state)
{
    static const struct {
        const char *group_name;
        const char *sdp_name;
        uint32_t clock_rate;
        unsigned channels;
        enum codec want_by_name, want_by_rtpmap;
    } rows[] = {
        {"vp8", "VP8", 90000, 1, CODEC_VP8, CODEC_VP8},
        {"VP9", "vp9", 90000, 1, CODEC_VP9, CODEC_VP9},
        {"av1", "AV1", 90000, 1, CODEC_AV1, CODEC_AV1},
        {"h264", "H264", 90000, 1, CODEC_H264, CODEC_H264},
        {"opus", "opus", 48000, 2, CODEC_OPUS, CODEC_OPUS},
        {"opus", "opus", 48000, 1, CODEC_OPUS, CODEC_OPUS}, /* no "/2": what else could it be */
        {"opus", "opus", 48000, 6, CODEC_OPUS, CODEC_NONE},
        {"g722", "G722", 8000, 1, CODEC_G722, CODEC_G722},
        {"pcmu", "PCMU", 8000, 1, CODEC_PCMU, CODEC_PCMU},
        {"pcma", "PCMA", 16000, 1, CODEC_PCMA, CODEC_NONE},
        {"h265", "H265", 90000, 1, CODEC_NONE, CODEC_NONE},
        {"", "", 0, 0, CODEC_NONE, CODEC_NONE},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        enum codec by_name = codec_by_name(span_str(rows[i].group_name));
        enum codec by_rtpmap =
            codec_by_rtpmap(span_str(rows[i].sdp_name), rows[i].clock_rate, rows[i].channels);

        if (by_name != rows[i].want_by_name || by_rtpmap != rows[i].want_by_rtpmap)
            print_error("%s, %s\n", rows[i].group_name, rows[i].sdp_name);
        assert_int_equal(by_name, rows[i].want_by_name);
        assert_int_equal(by_rtpmap, rows[i].want_by_rtpmap);
    }
    assert_int_equal(codec_by_static_pt(0), CODEC_PCMU);
    assert_int_equal(codec_by_static_pt(8), CODEC_PCMA);
    assert_int_equal(codec_by_static_pt(9), CODEC_G722);
    assert_int_equal(codec_by_static_pt(96), CODEC_NONE);
    assert_int_equal(codec_by_static_pt(35), CODEC_NONE);
    assert_null(codec_info(CODEC_NONE));
    assert_null(codec_info(CODEC_COUNT));
    for (int c = CODEC_NONE + 1; c < CODEC_COUNT; c++) {
        assert_int_equal(codec_by_name(span_str(codec_info((enum codec)c)->name)), c);
        assert_int_equal(codec_match((enum codec)c, span_str(codec_info((enum codec)c)->fmtp)), 4);
    }
}

static void test_match(void **state)
{
    static const struct {
        const char *name;
        enum codec codec;
        const char *fmtp;
        int want;
        uint8_t pt;
    } rows[] = {
        {"VP8 takes anything", CODEC_VP8, "max-fs=12288;max-fr=60", 4, 96},
        {"VP9 without profile", CODEC_VP9, "", 4, 98},
        {"VP9 profile 2", CODEC_VP9, "profile-id=2", 2, 100},
        {"VP9 profile 1", CODEC_VP9, "profile-id=1", 1, 98},
        {"VP9 nonsense", CODEC_VP9, "profile-id=zz", 0, 98},
        {"VP9 profile 4 is none", CODEC_VP9, "profile-id=4", 0, 98},
        {"VP9 profile of two digits", CODEC_VP9, "profile-id=00", 0, 98},
        {"AV1 as Chromium", CODEC_AV1, "level-idx=5;profile=0;tier=0", 4, 35},
        {"AV1 high profile", CODEC_AV1, "profile=1", 1, 35},
        {"AV1 nonsense", CODEC_AV1, "profile=zz", 0, 35},
        {"AV1 empty profile", CODEC_AV1, "profile=", 0, 35},
        {"constrained baseline", CODEC_H264, "packetization-mode=1;profile-level-id=42e01f", 4,
         108},
        {"upper case and spaces", CODEC_H264, "Packetization-Mode=1; profile-level-id=42E034", 4,
         108},
        {"constrained baseline, otherwise written", CODEC_H264,
         "packetization-mode=1;profile-level-id=4d801f", 4, 108},
        {"baseline", CODEC_H264, "packetization-mode=1;profile-level-id=42001f", 2, 102},
        {"no profile means baseline", CODEC_H264, "packetization-mode=1", 2, 102},
        {"main", CODEC_H264, "packetization-mode=1;profile-level-id=4d001f", 2, 116},
        {"high", CODEC_H264, "packetization-mode=1;profile-level-id=640028", 2, 112},
        {"constrained high", CODEC_H264, "packetization-mode=1;profile-level-id=640c1f", 2, 112},
        {"a profile of its own", CODEC_H264, "packetization-mode=1;profile-level-id=f4001f", 1,
         102},
        {"nonsense", CODEC_H264, "packetization-mode=1;profile-level-id=zz", 0, 102},
        {"nonsense behind a profile", CODEC_H264, "packetization-mode=1;profile-level-id=42e0zz", 0,
         102},
        {"five digits", CODEC_H264, "packetization-mode=1;profile-level-id=42e01", 0, 102},
        {"seven digits", CODEC_H264, "packetization-mode=1;profile-level-id=42e01f0", 0, 102},
        {"four digits", CODEC_H264, "packetization-mode=1;profile-level-id=42e0", 0, 102},
        {"no digits", CODEC_H264, "packetization-mode=1;profile-level-id=", 0, 102},
        {"single NAL units", CODEC_H264, "packetization-mode=0;profile-level-id=42e01f", 3, 108},
        {"nothing means single NAL units", CODEC_H264, "", 1, 102},
        {"interleaved", CODEC_H264, "packetization-mode=2;profile-level-id=42e01f", 0, 108},
        {"not a number", CODEC_H264, "packetization-mode=x", 0, 102},
        {"Opus", CODEC_OPUS, "minptime=10", 4, 111},
        {"none", CODEC_NONE, "", 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        int match = codec_match(rows[i].codec, span_str(rows[i].fmtp));
        uint8_t pt = codec_offer_pt(rows[i].codec, span_str(rows[i].fmtp));

        if (match != rows[i].want || pt != rows[i].pt)
            print_error("%s: match %d, pt %u\n", rows[i].name, match, pt);
        assert_int_equal(match, rows[i].want);
        assert_int_equal(pt, rows[i].pt);
    }
}

/* What one decoder takes: RFC 6184 section 8.1 names one profile in several ways, and the level is
 * no part of it. */
static void test_variant(void **state)
{
    static const struct {
        const char *name;
        enum codec codec;
        const char *a, *b;
        bool is_same;
    } rows[] = {
        {"level", CODEC_H264, "packetization-mode=1;profile-level-id=42e01f",
         "profile-level-id=42E034;packetization-mode=1", true},
        {"constrained baseline by 42, 4d and 58", CODEC_H264, "profile-level-id=42c01f",
         "profile-level-id=4d801f", true},
        {"58", CODEC_H264, "profile-level-id=42e01f", "profile-level-id=58c01f", true},
        {"constrained or not", CODEC_H264, "profile-level-id=42e01f", "profile-level-id=42001f",
         false},
        {"high and constrained high", CODEC_H264, "profile-level-id=640c1f",
         "profile-level-id=64001f", false},
        {"mode", CODEC_H264, "packetization-mode=1;profile-level-id=42e01f",
         "packetization-mode=0;profile-level-id=42e01f", false},
        {"a missing profile is baseline", CODEC_H264, "", "profile-level-id=42000a", true},
        {"a missing VP9 profile is 0", CODEC_VP9, "", "profile-id=0", true},
        {"VP9 profiles", CODEC_VP9, "profile-id=2", "profile-id=0", false},
        {"AV1 levels", CODEC_AV1, "level-idx=5;profile=0;tier=0", "", true},
        {"AV1 profiles", CODEC_AV1, "profile=1", "profile=0", false},
        {"VP8", CODEC_VP8, "max-fr=30", "", true},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        uint32_t a = codec_variant_bit(rows[i].codec, span_str(rows[i].a));
        uint32_t b = codec_variant_bit(rows[i].codec, span_str(rows[i].b));

        if (a == 0 || b == 0 || (a == b) != rows[i].is_same)
            print_error("%s: %x, %x\n", rows[i].name, a, b);
        assert_true(a != 0 && b != 0);
        assert_int_equal(a == b, rows[i].is_same);
    }
    assert_int_equal(codec_variant(CODEC_OPUS, span_str("")), VARIANT_NONE);
    assert_int_equal(codec_variant_bit(CODEC_H264, span_str("profile-level-id=zz")), 0);
}

static void test_fmtp_value(void **state)
{
    struct span value = span_str("untouched");
    struct span fmtp = span_str("a=1; b = two ;c;d=");

    (void)state;
    assert_false(codec_fmtp_value(fmtp, "c", &value));
    assert_false(codec_fmtp_value(span_str(""), "a", &value));
    assert_true(span_eq_str(value, "untouched"));
    assert_true(codec_fmtp_value(fmtp, "B", &value));
    assert_true(span_eq_str(value, "two"));
    assert_true(codec_fmtp_value(fmtp, "d", &value));
    assert_int_equal(value.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_match),
        cmocka_unit_test(test_variant),
        cmocka_unit_test(test_fmtp_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
