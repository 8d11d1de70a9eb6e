/*
 * Layers inside one stream where packets are lost and come in another order, and what is wanted
 * changes: no number goes out twice, libvpx decodes whatever came whole with all that it needs, and
 * between changes comes what is wanted, and nothing else.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "layered_codec.h"

enum {
    FRAMES_MAX = PICTURES * SPATIAL,
    KEYFRAME_EVERY = 40,
    /* in every second run what is wanted changes only after so many pictures, */
    STRETCH = 100,
    STRETCHES = PICTURES / STRETCH,
    SETTLED = 2 * KEYFRAME_EVERY + 5, /* and is there after so many: one keyframe may be lost */
};

struct sent_packet {
    unsigned frame;
    uint16_t seq;
    bool marker;
    size_t len;
    uint8_t payload[DESCRIPTOR_MAX + PACKET_SIZE];
};

struct sent_frame {
    uint8_t sid, tid;
    bool is_key;
    bool needs_lower;  /* the same picture's frame below it */
    bool needs_middle; /* the last one of temporal layer 1 */
    bool is_lost;      /* in part, at least */
    unsigned first, n_packets;
    uint64_t hash; /* of the picture, by who gets all up to this layer, always */
};

/* As the publisher sent it. */
struct recording {
    enum codec codec;
    bool is_key_svc;
    unsigned n_sid;
    unsigned n_packets;
    struct sent_packet packets[PACKETS_MAX];
    struct sent_frame frames[FRAMES_MAX]; /* picture by picture, n_sid of each */
};

static void keep_packets(struct recording *rec, const struct codec_pair *c, const struct frame *f,
                         unsigned picture)
{
    struct sent_frame *frame = &rec->frames[picture * rec->n_sid + f->sid];

    frame->first = rec->n_packets;
    for (size_t at = 0; at < f->len; at += PACKET_SIZE) {
        struct sent_packet *p = &rec->packets[rec->n_packets];
        size_t size = f->len - at < PACKET_SIZE ? f->len - at : PACKET_SIZE;
        bool is_last = at + size == f->len;
        size_t head = write_descriptor(c, f, picture, at == 0, is_last, p->payload);

        memcpy(p->payload + head, f->data + at, size);
        p->len = head + size;
        p->frame = picture * rec->n_sid + f->sid;
        p->seq = (uint16_t)(65000 + rec->n_packets++);
        p->marker = is_last && f->sid + 1u == rec->n_sid;
        frame->n_packets++;
        assert_true(rec->n_packets < PACKETS_MAX);
    }
}

/* T2 behind a T1 needs that one, too; of VP8 a T1 may need the one before. */
static bool needs_middle(const struct codec_pair *c, uint8_t tid, bool *has_middle)
{
    bool needs =
        c->codec == CODEC_VP8 ? tid > 0 && !vp8_is_sync(c->since_key) : tid == 2 && *has_middle;

    if (tid < 2)
        *has_middle = tid == 1;
    return needs;
}

static void record(struct recording *rec, enum codec codec, bool is_key_svc)
{
    struct codec_pair *c = malloc(sizeof *c);
    vpx_codec_ctx_t ideal[SPATIAL];
    bool has_middle = false;

    assert_non_null(c);
    pair_open(c, codec, is_key_svc);
    rec->codec = codec;
    rec->is_key_svc = is_key_svc;
    rec->n_sid = c->n_sid;
    for (unsigned sid = 0; sid < c->n_sid; sid++)
        decoder_open(&ideal[sid], codec);
    for (unsigned i = 0; i < PICTURES; i++) {
        uint64_t hashes[SPATIAL];

        encode(c, i, i % KEYFRAME_EVERY == 0);
        assert_int_equal(c->n_frames, c->n_sid);
        decode_ideal(c, ideal, hashes);
        bool has_to = needs_middle(c, c->frames[0].tid, &has_middle);

        for (unsigned sid = 0; sid < c->n_sid; sid++) {
            rec->frames[i * c->n_sid + sid] =
                (struct sent_frame){.sid = (uint8_t)sid,
                                    .tid = c->frames[sid].tid,
                                    .is_key = c->is_key,
                                    .needs_lower = sid > 0 && (c->is_key || !is_key_svc),
                                    .needs_middle = has_to && !c->is_key,
                                    .hash = hashes[sid]};
            keep_packets(rec, c, &c->frames[sid], i);
        }
    }
    for (unsigned sid = 0; sid < c->n_sid; sid++)
        assert_int_equal(vpx_codec_destroy(&ideal[sid]), 0);
    pair_close(c);
    free(c);
}

/* Neighbours change places, some are lost for good. @return how many arrive */
static unsigned disturb(struct recording *rec, unsigned *order)
{
    unsigned n = 0;

    for (unsigned i = 0; i < PICTURES * rec->n_sid; i++)
        rec->frames[i].is_lost = false;
    for (unsigned i = 0; i < rec->n_packets; i++) {
        if (rand() % 100 == 0)
            rec->frames[rec->packets[i].frame].is_lost = true;
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

/* ---- a receiver ---- */

struct receiver {
    vpx_codec_ctx_t decoder;
    struct layer_state layer;
    struct seq_map map;
    bool has_packet;
    bool is_used[1 << 16]; /* numbers */
    unsigned n_sent[FRAMES_MAX], n_wanted[FRAMES_MAX];
    bool has_marker[PICTURES];
    unsigned n_stretches;
    uint8_t want_sid[STRETCHES], want_tid[STRETCHES];
    unsigned n_shown, n_of_sid[SPATIAL];
    unsigned n_orphans; /* whole, but what they need was left out */
};

/* Often, or for some seconds each. */
static void wish(struct receiver *r, const struct recording *rec, bool is_steady, unsigned picture)
{
    bool is_time = is_steady ? picture / STRETCH >= r->n_stretches : rand() % 60 == 0;
    uint8_t sid = (uint8_t)(rand() % 4), tid = (uint8_t)(rand() % 4);

    if (!is_time)
        return;
    if (is_steady) {
        r->want_sid[r->n_stretches] = sid < rec->n_sid ? sid : (uint8_t)(rec->n_sid - 1);
        r->want_tid[r->n_stretches++] = tid;
    }
    layer_want(&r->layer, sid, tid);
}

/* As the packet path does it. */
static void pass(struct receiver *r, const struct recording *rec, const struct sent_packet *p)
{
    struct payload_info info;
    uint16_t pid_delta, out;
    struct layer_decision d;

    assert_int_equal(payload_parse(rec->codec, span_of(p->payload, p->len), p->marker, &info), 0);
    d = layer_decide(&r->layer, &info, p->marker);
    r->n_wanted[p->frame] += d.is_sent;
    if (!d.is_sent &&
        (seq_map_drop(&r->map, p->seq, info.picture_id_bits, info.picture_id) || !r->has_packet))
        return;
    if (!seq_map_send(&r->map, p->seq, info.picture_id_bits, info.picture_id, &out, &pid_delta))
        return;
    r->has_packet = true;
    assert_false(r->is_used[out]); /* SRTP would take it for a replay */
    r->is_used[out] = true;
    r->n_sent[p->frame]++;
    r->has_marker[p->frame / rec->n_sid] |= d.marker;
}

/* What became of a frame, or of what it needs: the worst counts. */
enum fate { CAME, LEFT_OUT, LOST };

static enum fate worst(enum fate a, enum fate b)
{
    return a > b ? a : b;
}

static enum fate fate_of(struct receiver *r, const struct recording *rec, unsigned i,
                         enum fate needed)
{
    const struct sent_frame *f = &rec->frames[i];

    if (f->is_lost)
        return LOST;
    if (r->n_sent[i] < f->n_packets)
        return LEFT_OUT;
    if (needed == LEFT_OUT && r->n_wanted[i] == f->n_packets)
        r->n_orphans++;
    return needed;
}

static void show(struct receiver *r, const struct recording *rec, unsigned picture,
                 const bool *can_show)
{
    static uint8_t data[SPATIAL * FRAME_MAX];
    const struct sent_frame *shown = NULL;
    size_t len = 0;

    for (unsigned sid = 0; sid < rec->n_sid; sid++) {
        const struct sent_frame *f = &rec->frames[picture * rec->n_sid + sid];

        for (unsigned i = f->first; can_show[sid] && i < f->first + f->n_packets; i++) {
            size_t size = rec->packets[i].len - DESCRIPTOR_SIZE;

            memcpy(data + len, rec->packets[i].payload + DESCRIPTOR_SIZE, size);
            len += size;
            shown = f;
        }
    }
    if (!shown)
        return;
    assert_true(decode(&r->decoder, data, len) == shown->hash);
    r->n_shown++;
    r->n_of_sid[shown->sid]++;
}

/* What came whole is decoded when all that it needs was. */
static void show_all(struct receiver *r, const struct recording *rec)
{
    enum fate base[SPATIAL] = {0}, middle[SPATIAL] = {0};

    for (unsigned picture = 0; picture < PICTURES; picture++) {
        bool can_show[SPATIAL];
        enum fate lower = CAME;

        for (unsigned sid = 0; sid < rec->n_sid; sid++) {
            unsigned i = picture * rec->n_sid + sid;
            const struct sent_frame *f = &rec->frames[i];
            enum fate needed = f->is_key ? CAME : base[sid];

            if (f->needs_middle)
                needed = worst(needed, middle[sid]);
            if (f->needs_lower)
                needed = worst(needed, lower);
            lower = fate_of(r, rec, i, needed);
            can_show[sid] = lower == CAME;
            if (f->tid == 0 || f->is_key)
                base[sid] = lower;
            if (f->tid == 1 || f->is_key)
                middle[sid] = lower;
        }
        show(r, rec, picture, can_show);
    }
}

/* Long after the last change: all of what is wanted that came, with an end, and nothing else. */
static void check_settled(const struct receiver *r, const struct recording *rec)
{
    for (unsigned i = 0; i < PICTURES * rec->n_sid; i++) {
        const struct sent_frame *f = &rec->frames[i];
        unsigned picture = i / rec->n_sid;
        uint8_t sid = r->want_sid[picture / STRETCH], tid = r->want_tid[picture / STRETCH];
        bool is_needed = f->sid < sid && (f->is_key || !rec->is_key_svc);
        bool is_ours = f->tid <= tid && (f->sid == sid || is_needed);

        /* the next wish may come a picture early */
        if (picture % STRETCH < SETTLED || picture % STRETCH + 2 > STRETCH || f->is_lost)
            continue;
        if (r->n_wanted[i] != (is_ours ? f->n_packets : 0))
            fail_msg("picture %u, layer %u.%u of %u.%u: %u of %u packets", picture, f->sid, f->tid,
                     sid, tid, r->n_wanted[i], f->n_packets);
        assert_true(!is_ours || f->sid < sid || r->has_marker[picture]);
    }
}

static void run_disturbed(struct receiver *r, struct recording *rec, unsigned seed)
{
    static unsigned order[PACKETS_MAX];
    unsigned n_torn = 0, n;

    srand(seed);
    memset(r, 0, sizeof *r);
    decoder_open(&r->decoder, rec->codec);
    layer_init(&r->layer);
    seq_map_init(&r->map, 30000);
    n = disturb(rec, order);
    for (unsigned i = 0; i < n; i++) {
        const struct sent_packet *p = &rec->packets[order[i]];

        wish(r, rec, seed % 2, p->frame / rec->n_sid);
        pass(r, rec, p);
    }
    for (unsigned i = 0; i < PICTURES * rec->n_sid; i++)
        n_torn += r->n_wanted[i] > 0 && r->n_sent[i] < rec->frames[i].n_packets &&
                  !rec->frames[i].is_lost;
    show_all(r, rec);
    if (seed % 2)
        check_settled(r, rec);
    /* a change just where packets change places */
    assert_true(n_torn < PICTURES / 30);
    assert_true(r->n_orphans < PICTURES / 60);
    assert_true(r->n_shown > PICTURES / 20);
    assert_int_equal(vpx_codec_destroy(&r->decoder), 0);
}

static void run(enum codec codec, bool is_key_svc, unsigned n_seeds)
{
    struct recording *rec = calloc(1, sizeof *rec);
    struct receiver *r = calloc(1, sizeof *r);
    unsigned n_of_sid[SPATIAL] = {0};

    assert_true(rec && r);
    record(rec, codec, is_key_svc);
    for (unsigned seed = 0; seed < n_seeds; seed++) {
        run_disturbed(r, rec, seed);
        for (unsigned sid = 0; sid < rec->n_sid; sid++)
            n_of_sid[sid] += r->n_of_sid[sid];
    }
    for (unsigned sid = 0; sid < rec->n_sid; sid++)
        assert_true(n_of_sid[sid] > 0);
    free(r);
    free(rec);
}

static void test_vp8(void **state)
{
    (void)state;
    run(CODEC_VP8, false, 16);
}

static void test_vp9(void **state)
{
    (void)state;
    run(CODEC_VP9, false, 8);
}

static void test_vp9_key(void **state)
{
    (void)state;
    run(CODEC_VP9, true, 8);
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
