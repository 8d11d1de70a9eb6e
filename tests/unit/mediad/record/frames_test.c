/* Whole frames: where they begin and end, and what is left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/macros.h"
#include "mediad/record/frames_h264.h"
#include "mediad/record/h264_sps.h"

struct seen {
    unsigned n, n_keys;
    size_t len;
    unsigned width, height;
    uint8_t first[32];
};

static void see(void *user, const struct whole_frame *f)
{
    struct seen *s = user;

    s->n++;
    s->n_keys += f->is_key;
    s->len = f->data.len;
    if (f->is_key) {
        s->width = f->width;
        s->height = f->height;
    }
    memcpy(s->first, f->data.data, f->data.len < sizeof s->first ? f->data.len : sizeof s->first);
}

static void begin(struct frames *f, struct seen *s, enum codec codec)
{
    *s = (struct seen){0};
    assert_int_equal(0, frames_init(f, codec));
    f->deliver = see;
    f->user = s;
}

static void push(struct frames *f, uint32_t rtp_ts, bool marker, bool is_after_gap,
                 struct span bytes)
{
    struct record r = {.rtp_ts = rtp_ts, .marker = marker, .payload = bytes};

    frames_push(f, &r, is_after_gap);
}

/* ---- VP8 ---- */

static const uint8_t key[] = {0x10, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00, 7};
static const uint8_t delta[] = {0x10, 0x11, 0, 0, 7};
static const uint8_t more[] = {0x00, 8, 9};

static void test_bounds(void **state)
{
    struct frames f;
    struct seen s;

    (void)state;
    begin(&f, &s, CODEC_VP8);
    push(&f, 1, true, false, span_of(delta, sizeof delta)); /* nothing to show it on */
    assert_int_equal(0, s.n);
    push(&f, 2, false, false, span_of(key, sizeof key));
    push(&f, 2, true, false, span_of(more, sizeof more));
    assert_int_equal(1, s.n_keys);
    assert_int_equal(sizeof key - 1 + 2, s.len);
    assert_int_equal(320, s.width);
    assert_int_equal(240, s.height);
    push(&f, 3, false, false, span_of(delta, sizeof delta)); /* its marker is left out */
    push(&f, 4, true, false, span_of(delta, sizeof delta));
    assert_int_equal(3, s.n);
    push(&f, 4, false, false, span_of(NULL, 0)); /* a padding probe */
    push(&f, 5, true, false, span_of(delta, sizeof delta));
    assert_int_equal(4, s.n);
    frames_release(&f);
}

static void test_after_a_gap(void **state)
{
    struct frames f;
    struct seen s;

    (void)state;
    begin(&f, &s, CODEC_VP8);
    push(&f, 2, true, false, span_of(key, sizeof key));
    assert_false(f.needs_keyframe);
    push(&f, 3, false, false, span_of(delta, sizeof delta));
    push(&f, 3, true, true, span_of(more, sizeof more)); /* the middle is missing */
    assert_true(f.needs_keyframe);
    push(&f, 4, true, false, span_of(delta, sizeof delta));
    assert_int_equal(1, s.n);
    push(&f, 5, true, false, span_of(key, sizeof key));
    push(&f, 6, true, false, span_of(delta, sizeof delta));
    assert_int_equal(3, s.n);
    assert_false(f.needs_keyframe);
    frames_release(&f);
}

static void test_cut_keyframe(void **state)
{
    uint8_t claims_more[sizeof key];
    struct frames f;
    struct seen s;

    (void)state;
    memcpy(claims_more, key, sizeof key);
    claims_more[1] |= 2 << 5; /* a first partition of two bytes, where there is one */
    begin(&f, &s, CODEC_VP8);
    push(&f, 1, true, false, span_of(claims_more, sizeof claims_more));
    push(&f, 2, true, false, span_of(key, 8));
    assert_int_equal(0, s.n);
    frames_release(&f);
}

/* ---- H.264 ---- */

static const uint8_t sps_1080[] = {0x67, 0x42, 0xc0, 0x32, 0xd9, 0x80, 0x78, 0x02, 0x27,
                                   0xe5, 0xc0, 0x44, 0x00, 0x00, 0x03, 0x00, 0x04, 0x00,
                                   0x00, 0x03, 0x00, 0xc8, 0x3c, 0x60, 0xc9, 0xa0};
static const uint8_t sps_high[] = {0x67, 0x64, 0x00, 0x1f, 0xac, 0xd9, 0x80, 0xfc, 0x10,
                                   0x79, 0x66, 0xc0, 0x44, 0x00, 0x00, 0x03, 0x00, 0x04,
                                   0x00, 0x00, 0x03, 0x00, 0xc8, 0x3c, 0x60, 0xc6, 0x68};
static const uint8_t pps[] = {0x68, 0xc9, 0x60, 0xf2, 0xc8};
static const uint8_t idr[] = {0x65, 1, 2, 3};

/* Heights that are no multiple of 16 are cropped. */
static void test_sps(void **state)
{
    struct h264_sps s;
    struct buf avcc = {0};

    (void)state;
    assert_int_equal(0, h264_sps_parse(&s, span_of(sps_1080, sizeof sps_1080)));
    assert_int_equal(1920, s.width);
    assert_int_equal(1080, s.height);
    assert_int_equal(0, h264_sps_parse(&s, span_of(sps_high, sizeof sps_high)));
    assert_int_equal(1000, s.width);
    assert_int_equal(502, s.height);
    assert_int_equal(100, s.profile);
    for (size_t len = 0; len < 9; len++) /* its size is cut off */
        assert_true(h264_sps_parse(&s, span_of(sps_1080, len)) < 0);
    assert_int_equal(
        0, h264_avcc(&avcc, span_of(sps_high, sizeof sps_high), span_of(pps, sizeof pps)));
    assert_int_equal(11 + sizeof sps_high + sizeof pps + 4, avcc.len);
    assert_memory_equal("\xfd\xf8\xf8", avcc.data + avcc.len - 4, 3);
    buf_release(&avcc);
}

/* Parameter sets of the SDP alone; later ones come in packets of their own, which are no frames. */
static void test_parameter_sets(void **state)
{
    static const char fmtp[] =
        "packetization-mode=1;sprop-parameter-sets=Z0LAMtmAeAIn5cBEAAADAAQAAAMAyDxgyaA=,aMlg8sg=";
    struct frames f;
    struct seen s;

    (void)state;
    begin(&f, &s, CODEC_H264);
    push(&f, 1, true, false, span_of(idr, sizeof idr));
    assert_int_equal(0, s.n); /* nobody could decode it */
    frames_h264_sets(&f, span_str(fmtp));
    push(&f, 2, true, false, span_of(idr, sizeof idr));
    assert_int_equal(1, s.n_keys);
    assert_int_equal(1080, s.height);
    assert_int_equal(4 + sizeof idr, s.len);
    assert_memory_equal("\0\0\0\4\x65", s.first, 5);
    assert_true(f.extradata.len > 0);
    push(&f, 3, true, false, span_of(sps_high, sizeof sps_high));
    assert_false(f.needs_keyframe);
    push(&f, 4, true, false, span_of(idr, sizeof idr));
    assert_int_equal(2, s.n_keys);
    assert_int_equal(502, s.height);
    frames_release(&f);
}

static void test_fragments(void **state)
{
    static const uint8_t start[] = {0x7c, 0x85, 1, 2}, middle[] = {0x7c, 0x05, 3},
                         end[] = {0x7c, 0x45, 4};
    struct frames f;
    struct seen s;

    (void)state;
    begin(&f, &s, CODEC_H264);
    push(&f, 1, false, false, span_of(sps_1080, sizeof sps_1080));
    push(&f, 1, false, false, span_of(pps, sizeof pps));
    push(&f, 1, false, false, span_of(start, sizeof start));
    push(&f, 1, false, false, span_of(middle, sizeof middle));
    push(&f, 1, true, false, span_of(end, sizeof end));
    assert_int_equal(1, s.n_keys);
    assert_int_equal(4 + sizeof sps_1080 + 4 + sizeof pps + 4 + 5, s.len);
    push(&f, 2, true, false, span_of(start, sizeof start)); /* it never ends */
    assert_int_equal(1, s.n);
    assert_true(f.needs_keyframe);
    push(&f, 3, true, false, span_of(end, sizeof end)); /* it never began */
    assert_int_equal(1, s.n);
    frames_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounds),         cmocka_unit_test(test_after_a_gap),
        cmocka_unit_test(test_cut_keyframe),   cmocka_unit_test(test_sps),
        cmocka_unit_test(test_parameter_sets), cmocka_unit_test(test_fragments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
