/*
 * Temporal layers of VP8 where packets are lost and come in another order, and what is wanted
 * changes: no number goes out twice, and libvpx decodes whatever came whole with all that it needs.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "layered_codec.h"

struct sent_packet {
    unsigned picture;
    uint16_t seq;
    bool marker;
    size_t len;
    uint8_t payload[DESCRIPTOR_MAX + PACKET_SIZE];
};

/* A run of VP8, as the publisher sent it and as somebody sees it who gets all of it. */
struct recording {
    unsigned n_packets;
    struct sent_packet packets[PACKETS_MAX];
    struct {
        uint8_t tid;
        bool is_key, is_sync, is_lost;
        unsigned n_packets;
        uint64_t hash;
        size_t len;
        uint8_t data[FRAME_MAX / 2];
    } pictures[PICTURES];
};

static void record(struct recording *rec)
{
    struct codec_pair *c = malloc(sizeof *c);
    vpx_codec_ctx_t ideal;

    assert_non_null(c);
    pair_open(c, CODEC_VP8, false);
    decoder_open(&ideal, CODEC_VP8);
    for (unsigned i = 0; i < PICTURES; i++) {
        const struct frame *f = &c->frames[0];

        encode(c, i, i % 40 == 0);
        assert_true(c->n_frames == 1 && f->len <= sizeof rec->pictures[i].data);
        rec->pictures[i].tid = f->tid;
        rec->pictures[i].is_key = c->is_key;
        rec->pictures[i].is_sync = vp8_is_sync(c->since_key);
        rec->pictures[i].hash = decode(&ideal, f->data, f->len);
        rec->pictures[i].len = f->len;
        memcpy(rec->pictures[i].data, f->data, f->len);
        for (size_t at = 0; at < f->len; at += PACKET_SIZE) {
            struct sent_packet *p = &rec->packets[rec->n_packets];
            size_t size = f->len - at < PACKET_SIZE ? f->len - at : PACKET_SIZE;
            size_t head = write_vp8_descriptor(c, i, at == 0, p->payload);

            memcpy(p->payload + head, f->data + at, size);
            p->len = head + size;
            p->picture = i;
            p->seq = (uint16_t)(65000 + rec->n_packets++);
            p->marker = at + size == f->len;
            rec->pictures[i].n_packets++;
            assert_true(rec->n_packets < PACKETS_MAX);
        }
    }
    assert_int_equal(vpx_codec_destroy(&ideal), 0);
    pair_close(c);
    free(c);
}

/* Neighbours change places, some are lost for good. @return how many arrive */
static unsigned disturb(struct recording *rec, unsigned *order)
{
    unsigned n = 0;

    for (unsigned i = 0; i < rec->n_packets; i++) {
        if (rand() % 100 == 0)
            rec->pictures[rec->packets[i].picture].is_lost = true;
        else
            order[n++] = i;
    }
    for (unsigned i = 1; i + 4 < n; i++) {
        unsigned other = i + (unsigned)rand() % 4, swap = order[i];

        if (rand() % 6)
            continue;
        order[i] = order[other];
        order[other] = swap;
    }
    return n;
}

struct receiver {
    vpx_codec_ctx_t decoder;
    struct layer_state layer;
    struct seq_map map;
    bool has_packet;
};

/* As the packet path does it. @return whether the packet goes out, and by which number */
static bool pass(struct receiver *r, const struct sent_packet *p, uint16_t *out, bool *is_wanted)
{
    struct payload_info info;
    uint16_t pid_delta;
    struct layer_decision d;

    assert_int_equal(payload_parse(CODEC_VP8, span_of(p->payload, p->len), p->marker, &info), 0);
    d = layer_decide(&r->layer, &info, p->marker);
    *is_wanted = d.is_sent;
    if (!d.is_sent &&
        (seq_map_drop(&r->map, p->seq, info.picture_id_bits, info.picture_id) || !r->has_packet))
        return false;
    if (!seq_map_send(&r->map, p->seq, info.picture_id_bits, info.picture_id, out, &pid_delta))
        return false;
    r->has_packet = true;
    return true;
}

/* What came whole is decoded when all that it needs was. @return how many pictures were shown */
static unsigned decode_whole(struct receiver *r, const struct recording *rec,
                             const unsigned *n_sent)
{
    bool has_base = false, has_middle = false;
    unsigned n_shown = 0;

    for (unsigned i = 0; i < PICTURES; i++) {
        bool is_whole = n_sent[i] == rec->pictures[i].n_packets;
        bool needs_middle = rec->pictures[i].tid > 0 && !rec->pictures[i].is_sync;
        bool can =
            is_whole && (rec->pictures[i].is_key || has_base) && (!needs_middle || has_middle);

        if (rec->pictures[i].tid == 0)
            has_base = can;
        if (rec->pictures[i].tid == 1 || rec->pictures[i].is_key)
            has_middle = can;
        if (!can)
            continue;
        assert_true(decode(&r->decoder, rec->pictures[i].data, rec->pictures[i].len) ==
                    rec->pictures[i].hash);
        n_shown++;
    }
    return n_shown;
}

static void test_disturbed(void **state)
{
    struct recording *rec = calloc(1, sizeof *rec);
    struct receiver *r = calloc(1, sizeof *r);
    static bool is_used[1 << 16];
    static unsigned order[PACKETS_MAX];

    (void)state;
    assert_true(rec && r);
    record(rec);
    for (unsigned seed = 0; seed < 20; seed++) {
        unsigned n_sent[PICTURES] = {0}, n_wanted[PICTURES] = {0}, n_torn = 0, n;

        srand(seed);
        for (unsigned i = 0; i < PICTURES; i++)
            rec->pictures[i].is_lost = false;
        memset(is_used, 0, sizeof is_used);
        memset(r, 0, sizeof *r);
        decoder_open(&r->decoder, CODEC_VP8);
        layer_init(&r->layer);
        seq_map_init(&r->map, 30000);
        n = disturb(rec, order);
        for (unsigned i = 0; i < n; i++) {
            const struct sent_packet *p = &rec->packets[order[i]];
            bool is_wanted;
            uint16_t out;

            if (rand() % 60 == 0)
                layer_want(&r->layer, 0, (uint8_t)(rand() % 4));
            bool is_sent = pass(r, p, &out, &is_wanted);

            n_wanted[p->picture] += is_wanted;
            if (!is_sent)
                continue;
            assert_false(is_used[out]); /* SRTP would take it for a replay */
            is_used[out] = true;
            n_sent[p->picture]++;
        }
        for (unsigned i = 0; i < PICTURES; i++)
            n_torn += n_wanted[i] > 0 && n_sent[i] < rec->pictures[i].n_packets &&
                      !rec->pictures[i].is_lost;
        assert_true(n_torn < PICTURES / 20); /* a change just where packets change places */
        assert_true(decode_whole(r, rec, n_sent) > PICTURES / 20);
        assert_int_equal(vpx_codec_destroy(&r->decoder), 0);
    }
    free(r);
    free(rec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_disturbed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
