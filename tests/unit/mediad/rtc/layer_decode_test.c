/*
 * What receivers of layered streams get is decoded by libvpx: whatever they want, each picture is
 * bit by bit the one that a receiver without any change would see.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "layered_codec.h"

/* ---- receivers ---- */

struct receiver {
    vpx_codec_ctx_t decoder;
    struct layer_state layer;
    struct seq_map map;
    uint8_t picture[SPATIAL * FRAME_MAX]; /* what was sent of the picture that runs */
    size_t len;
    int highest_sid; /* -1: nothing was sent */
    bool has_marker;
    bool has_packet;
    uint16_t next_out;
    unsigned n_pictures, n_of_sid[SPATIAL];
};

/* @return whether a keyframe is wanted */
static bool receive(struct receiver *r, struct span payload, enum codec codec, uint16_t seq,
                    bool marker)
{
    struct payload_info info;
    struct layer_decision d;
    uint16_t out, pid_delta;

    assert_int_equal(payload_parse(codec, payload, marker, &info), 0);
    d = layer_decide(&r->layer, &info, marker);
    if (!d.is_sent) {
        assert_true(seq_map_drop(&r->map, seq, info.picture_id_bits, info.picture_id) ||
                    !r->has_packet);
        return d.wants_keyframe;
    }
    assert_true(
        seq_map_send(&r->map, seq, info.picture_id_bits, info.picture_id, &out, &pid_delta));
    assert_true(!r->has_packet || out == r->next_out); /* no gap: nothing was lost */
    r->next_out = (uint16_t)(out + 1);
    r->has_packet = true;
    memcpy(r->picture + r->len, payload.data + DESCRIPTOR_SIZE, payload.len - DESCRIPTOR_SIZE);
    r->len += payload.len - DESCRIPTOR_SIZE;
    r->highest_sid = info.sid;
    r->has_marker = d.marker;
    return d.wants_keyframe;
}

static void send_frame(struct codec_pair *c, const struct frame *f, unsigned picture,
                       struct receiver *receivers, size_t n, uint16_t *seq, bool *wants_keyframe)
{
    for (size_t at = 0; at < f->len; at += PACKET_SIZE) {
        uint8_t payload[DESCRIPTOR_MAX + PACKET_SIZE];
        size_t size = f->len - at < PACKET_SIZE ? f->len - at : PACKET_SIZE;
        bool is_last = at + size == f->len;
        size_t head = write_descriptor(c, f, picture, at == 0, is_last, payload);

        memcpy(payload + head, f->data + at, size);
        for (size_t i = 0; i < n; i++) {
            if (receive(&receivers[i], span_of(payload, head + size), c->codec, *seq,
                        is_last && f == &c->frames[c->n_frames - 1]))
                *wants_keyframe = true;
        }
        (*seq)++;
    }
}

static void show(struct receiver *r, const uint64_t *hashes)
{
    if (r->len > 0) {
        assert_true(r->has_marker); /* the decoder need not wait for the next picture */
        assert_true(r->highest_sid <= r->layer.sid);
        assert_true(decode(&r->decoder, r->picture, r->len) == hashes[r->highest_sid]);
        r->n_pictures++;
        r->n_of_sid[r->highest_sid]++;
    }
    r->len = 0;
    r->highest_sid = -1;
}

static void run(enum codec codec, bool is_key_svc)
{
    enum { RECEIVERS = 4 };
    struct codec_pair *c = malloc(sizeof *c);
    struct receiver *receivers = calloc(RECEIVERS, sizeof *receivers);
    vpx_codec_ctx_t ideal[SPATIAL];
    bool wants_keyframe = false;
    unsigned n_of_sid[SPATIAL] = {0};
    uint16_t seq = 65000; /* over the end of the numbers */

    assert_true(c && receivers);
    pair_open(c, codec, is_key_svc);
    for (unsigned sid = 0; sid < c->n_sid; sid++)
        decoder_open(&ideal[sid], codec);
    for (unsigned i = 0; i < RECEIVERS; i++) {
        decoder_open(&receivers[i].decoder, codec);
        layer_init(&receivers[i].layer);
        seq_map_init(&receivers[i].map, (uint16_t)(100 * i));
    }
    srand(7);
    for (unsigned picture = 0; picture < PICTURES; picture++) {
        uint64_t hashes[SPATIAL] = {0};

        for (unsigned i = 1; i < RECEIVERS; i++) { /* the first one always gets all */
            if (rand() % 12 == 0)
                layer_want(&receivers[i].layer, (uint8_t)(rand() % 4), (uint8_t)(rand() % 4));
        }
        /* the publisher is in no hurry */
        encode(c, picture, wants_keyframe && picture % 20 == 0);
        if (c->is_key)
            wants_keyframe = false;
        assert_int_equal(c->n_frames, c->n_sid);
        decode_ideal(c, ideal, hashes);
        for (unsigned i = 0; i < c->n_frames; i++)
            send_frame(c, &c->frames[i], picture, receivers, RECEIVERS, &seq, &wants_keyframe);
        for (unsigned i = 0; i < RECEIVERS; i++)
            show(&receivers[i], hashes);
    }
    assert_int_equal(receivers[0].n_pictures, PICTURES);
    assert_int_equal(receivers[0].n_of_sid[c->n_sid - 1], PICTURES);
    for (unsigned i = 1; i < RECEIVERS; i++) {
        /* a quarter is the lowest temporal layer, all is the highest */
        assert_in_range(receivers[i].n_pictures, PICTURES / 4, PICTURES - 1);
        for (unsigned sid = 0; sid < c->n_sid; sid++)
            n_of_sid[sid] += receivers[i].n_of_sid[sid];
        assert_int_equal(vpx_codec_destroy(&receivers[i].decoder), 0);
    }
    assert_int_equal(vpx_codec_destroy(&receivers[0].decoder), 0);
    for (unsigned sid = 0; sid < c->n_sid; sid++) {
        assert_true(n_of_sid[sid] > 0);
        assert_int_equal(vpx_codec_destroy(&ideal[sid]), 0);
    }
    pair_close(c);
    free(receivers);
    free(c);
}

static void test_vp8(void **state)
{
    (void)state;
    run(CODEC_VP8, false);
}

static void test_vp9(void **state)
{
    (void)state;
    run(CODEC_VP9, false);
}

static void test_vp9_key(void **state)
{
    (void)state;
    run(CODEC_VP9, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vp8),
        cmocka_unit_test(test_vp9),
        cmocka_unit_test(test_vp9_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
