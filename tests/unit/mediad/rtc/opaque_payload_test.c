/*
 * Video that publishers encrypt in their browsers, so that all behind the RTP header is noise: what
 * Chromium wrote in its dependency descriptors is enough to forward it. Each receiver is sent the
 * layers that it wants and begins with a keyframe, and no byte of a payload is another one.
 */
#include "test_publisher.h"

#include <limits.h>
#include <string.h>

#include "mediad/rtc/down_source.h"
#include "mediad/rtc/payload_vp8.h"

enum {
    DEPENDENCY_ID = 4,
    RECEIVER_SSRC = 1000,
    SRTP_TAG = 10,
    PACKETS_MAX = 600,
    PAYLOAD_MAX = 400,
    LIE = 4, /* bytes */
    /* packets behind a keyframe, with which nobody begins any more */
    OLD = PACKET_CACHE_REPLAY_MAX + 20,
};

/* ---- what is published ---- */

struct video {
    const char *name;
    enum codec codec;
    uint8_t n_sid, n_tid;
    uint8_t like_keyframe[LIE]; /* payloads that begin so look like a keyframe's, of T3 at that, */
    uint8_t like_delta[LIE];    /* and like one of another picture */
};

static const struct video videos[] = {
    {"vp8-l1t3", CODEC_VP8, 1, 3, {0x90, 0x20, 0xc0, 0x00}, {0x90, 0x20, 0x00, 0x01}},
    {"h264-l1t3", CODEC_H264, 1, 3, {0x67, 0x42}, {0x41, 0x9a}},
    {"vp9-l3t3", CODEC_VP9, 3, 3, {0x28, 0x60, 0x00, 0x82}, {0x68, 0x00, 0x00, 0x86}},
    {"vp9-l3t3-key", CODEC_VP9, 3, 3, {0x28, 0x60, 0x00, 0x82}, {0x68, 0x00, 0x00, 0x86}},
    {"av1-l3t3", CODEC_AV1, 3, 3, {0x18, 0x08}, {0x10, 0x32}},
    {"av1-l3t3-key", CODEC_AV1, 3, 3, {0x18, 0x08}, {0x10, 0x32}},
};

struct published {
    bool marker, is_keyframe;
    uint16_t needed_by; /* receivers of these layers: target_number() */
    uint16_t active;    /* layers that are sent as of the last keyframe */
    size_t descriptor_len, len;
    uint32_t rtp_ts;
    struct dependency_descriptor d;
    uint8_t descriptor[DEPENDENCY_SIZE_MAX];
    uint8_t payload[PAYLOAD_MAX];
};

static const struct video *video;
static unsigned n_published, n_steady; /* up to where a layer is left out for a while */
static struct published published[PACKETS_MAX];
static struct dependency_state layers;

static size_t read_digits(const char *at, uint8_t *out)
{
    size_t len = 0;

    for (; len < DEPENDENCY_SIZE_MAX && at[0] > ' '; at += 2) {
        char digits[3] = {at[0], at[1], 0};

        out[len++] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return len;
}

static void make_noise(struct published *p)
{
    p->len = 20 + (size_t)rand() % (PAYLOAD_MAX - 20);
    for (size_t i = 0; i < p->len; i++)
        p->payload[i] = (uint8_t)rand();
}

static uint16_t by_layers(uint32_t targets)
{
    const struct dependency_structure *s = &layers.structure;
    uint16_t mask = 0;

    for (unsigned i = 0; i < s->n_targets; i++)
        mask |= (uint16_t)((targets >> i & 1) << target_number(s->target_sid[i], s->target_tid[i]));
    return mask;
}

static void note_layers(struct published *p)
{
    assert_int_equal(0,
                     dependency_parse(&p->d, &layers, span_of(p->descriptor, p->descriptor_len)));
    p->is_keyframe = p->d.has_structure && p->d.is_frame_start;
    p->needed_by = by_layers(p->d.indications.present);
    p->active = p->is_keyframe ? by_layers(layers.active) : p[-1].active;
}

/* Chromium begins with fewer spatial layers: where the wanted one is not sent, it is the highest
 * below. */
static bool is_needed(const struct published *p, uint8_t sid, uint8_t tid)
{
    uint8_t sent = sid;

    while (sent > 0 && !(p->active >> target_number(sent, tid) & 1))
        sent--;
    return (p->needed_by >> target_number(sid, tid) | p->needed_by >> target_number(sent, tid)) & 1;
}

/* Lines of the marker and the descriptor in hexadecimal digits, one for each packet; noise behind
 * them. */
static void load(const struct video *v)
{
    char path[PATH_MAX], line[1024];
    uint32_t rtp_ts = 0;

    snprintf(path, sizeof path, "%s/tests/unit/mediad/rtc/data/descriptors-chromium-%s.txt",
             NEREID_SRCDIR, v->name);
    FILE *f = fopen(path, "r");

    assert_non_null(f);
    video = v;
    layers = (struct dependency_state){0};
    memset(published, 0, sizeof published);
    n_steady = 0;
    for (n_published = 0; fgets(line, sizeof line, f); n_published++) {
        struct published *p = &published[n_published];

        assert_true(n_published < PACKETS_MAX);
        p->marker = line[0] == '1';
        p->descriptor_len = read_digits(line + 2, p->descriptor);
        note_layers(p);
        make_noise(p);
        if (n_steady == n_published && !(p->active & ~by_layers(layers.active)))
            n_steady++;
        if (p->d.is_frame_start && p->d.sid == 0)
            rtp_ts += 3000;
        p->rtp_ts = rtp_ts;
    }
    fclose(f);
    assert_true(n_steady > 90);
    assert_true(layers.structure.height > 0 || v->codec == CODEC_H264);
}

/* ---- the room ---- */

static struct down_track *receiver;

/* A video with the extension, by itself or in two rids. */
static void publish(bool has_rids)
{
    struct negotiated *plan = calloc(1, sizeof *plan + sizeof plan->sections[0]);
    struct up_section *s = &plan->sections[0];

    assert_non_null(plan);
    plan->n_sections = 1;
    section(s, TRACK_VIDEO, "v", video->codec, VIDEO_PT, FEEDBACK_NACK | FEEDBACK_PLI);
    s->ext_ids[HEADER_EXT_DEPENDENCY] = DEPENDENCY_ID;
    if (has_rids) {
        s->ext_ids[HEADER_EXT_RID] = RID_ID;
        s->n_rids = 2;
        snprintf(s->rids[0].id, sizeof s->rids[0].id, "h");
        snprintf(s->rids[1].id, sizeof s->rids[1].id, "l");
    } else {
        s->ssrc = VIDEO_SSRC;
    }
    take_plan(plan);
}

/* Somebody who wants layers up to these. */
static void join(bool has_extension, uint8_t sid, uint8_t tid)
{
    struct down_target target = {
        .codec = video->codec, .n_rids = (uint8_t)up->n_sources, .ssrc = RECEIVER_SSRC, .mid = "0"};
    const struct down_choice choice = {.sid = sid, .tid = tid, .wakes = -1};

    for (unsigned i = 0; i < up->n_sources; i++)
        target.rids[i] = (struct down_rid){track_at(i)->id, (uint8_t)i};
    target.route.pt = VIDEO_PT;
    target.route.ext_ids[HEADER_EXT_DEPENDENCY] = has_extension ? DEPENDENCY_ID : 0;
    receiver = down_track_new(&side.transport, &target);
    assert_non_null(receiver);
    down_source_choose(receiver, &choice);
}

static int leave(void **state)
{
    down_track_free(receiver);
    receiver = NULL;
    return close_room(state);
}

/* @param rid NULL: without @return its length */
static size_t come_opaque(uint32_t ssrc, uint16_t seq, const struct published *p, const char *rid)
{
    struct rtp_out h = {.marker = p->marker,
                        .pt = VIDEO_PT,
                        .ssrc = ssrc,
                        .seq = seq,
                        .rtp_ts = p->rtp_ts,
                        .mid_id = rid ? RID_ID : 0,
                        .mid = span_str(rid ? rid : ""),
                        .dependency_id = DEPENDENCY_ID,
                        .dependency = span_of(p->descriptor, p->descriptor_len)};
    struct packet_slot *slot = test_up_slot(&side);
    size_t len = rtp_write_packet(slot->data, DATAGRAM_MAX, &h, span_of(p->payload, p->len));

    test_up_come(&side, slot, len);
    return len;
}

static const struct packet *kept(uint16_t seq)
{
    return packet_cache_find(&track_at(0)->cache, seq);
}

/* ---- what the receiver gets ---- */

struct received {
    struct rtp_header h;
    struct span packet, payload;
};

static struct received received[UDP_BATCH];

/* What left since the last look. @return packets */
static unsigned look(void)
{
    struct send_batch *b = &worker()->batch;
    unsigned n = 0;

    for (unsigned i = 0; i < b->n; i++) {
        struct received *r = &received[n];

        if (b->items[i].send_class == SEND_CONTROL)
            continue;
        r->packet = span_of(b->items[i].data, b->items[i].len);
        assert_int_equal(0, rtp_parse(&r->h, r->packet));
        r->payload = span_of(r->packet.data + r->h.payload_at, r->h.payload_len - (size_t)SRTP_TAG);
        n++;
    }
    b->n = 0;
    b->n_jobs = 0;
    return n;
}

static void assert_untouched(const struct received *r, const struct published *p)
{
    assert_int_equal(p->len, r->payload.len);
    assert_memory_equal(p->payload, r->payload.data, p->len);
}

/* What it is told of the frame. */
static void check_descriptor(const struct received *r, const struct published *p,
                             struct dependency_state *state)
{
    struct dependency_descriptor d;
    struct span extension;

    assert_true(rtp_extension(&r->h, r->packet, DEPENDENCY_ID, &extension));
    assert_int_equal(0, dependency_parse(&d, state, extension));
    assert_int_equal(p->d.sid, d.sid);
    assert_int_equal(p->d.tid, d.tid);
    assert_int_equal(p->d.is_frame_start, d.is_frame_start);
}

/* ---- */

/* What the publisher sends to receivers of each layer is measured by the descriptors, too. */
static void check_rates(const uint64_t *bytes)
{
    const struct layer_meter *m = &up->sources[0]->layers;

    for (uint8_t sid = 0; sid < video->n_sid; sid++) {
        for (uint8_t tid = 0; tid < video->n_tid; tid++)
            assert_int_equal(bytes[target_number(sid, tid)], m->sent[sid][tid]);
    }
    assert_int_equal(layers.structure.height, m->height);
}

/* To a receiver with the extension, which wants layers up to these. */
static void check_forwarded(const struct published *p, uint8_t sid, uint8_t tid,
                            struct dependency_state *told)
{
    static uint16_t last_seq;
    bool is_first = !told->has_structure;

    if (look() != is_needed(p, sid, tid))
        fail_msg("%s, receiver of S%uT%u: frame %u, of S%uT%u", video->name, sid, tid,
                 p->d.frame_number, p->d.sid, p->d.tid);
    if (!is_needed(p, sid, tid))
        return;
    assert_untouched(&received[0], p);
    check_descriptor(&received[0], p, told);
    assert_true(is_first || received[0].h.seq == (uint16_t)(last_seq + 1));
    last_seq = received[0].h.seq;
}

static void forward_layers(uint8_t sid, uint8_t tid)
{
    struct dependency_state told = {0};
    uint64_t bytes[TARGET_LAYERS * TARGET_LAYERS] = {0};

    publish(false);
    join(true, sid, tid);
    for (unsigned i = 0; i < n_steady; i++) {
        const struct published *p = &published[i];
        uint16_t seq = (uint16_t)(65500 + i);
        size_t len = come_opaque(VIDEO_SSRC, seq, p, NULL);

        assert_int_equal(p->is_keyframe ? KEYFRAME_YES : KEYFRAME_NO, kept(seq)->info.keyframe);
        for (unsigned k = 0; k < LENGTH(bytes); k++)
            bytes[k] += p->needed_by >> k & 1 ? len : 0;
        check_forwarded(p, sid, tid, &told);
        if (p->marker)
            test_workers_pass(&side.room, 33333);
    }
    assert_true(told.has_structure);
    assert_int_equal(0, test_up_count(&side, COUNT_DROP_SYNTAX));
    check_rates(bytes);
}

/* Every codec, with every wish. */
static void test_layers(void **state)
{
    for (size_t i = 0; i < LENGTH(videos); i++) {
        load(&videos[i]);
        for (uint8_t layer = 0; layer < video->n_sid * video->n_tid; layer++) {
            assert_int_equal(0, open_room(state));
            forward_layers(layer / video->n_tid, layer % video->n_tid);
            assert_int_equal(0, leave(state));
        }
    }
}

/* A receiver without the extension is sent the same, but for VP8's own numbers, by which it goes,
 * and which are written anew: it cannot be sent VP8 that is noise from the first byte on. */
static void test_receiver_without_extension(void **state)
{
    struct span extension;

    for (size_t i = 0; i < LENGTH(videos); i++) {
        load(&videos[i]);
        assert_int_equal(0, open_room(state));
        publish(false);
        join(false, 0, 0);
        for (unsigned k = 0; k < n_published; k++) {
            come_opaque(VIDEO_SSRC, (uint16_t)k, &published[k], NULL);
            assert_int_equal(is_needed(&published[k], 0, 0), look());
            if (!is_needed(&published[k], 0, 0))
                continue;
            assert_false(
                rtp_extension(&received[0].h, received[0].packet, DEPENDENCY_ID, &extension));
            if (video->codec != CODEC_VP8)
                assert_untouched(&received[0], &published[k]);
        }
        assert_int_equal(0, leave(state));
    }
}

/* ---- what only looks like a keyframe ---- */

static void begin_as(struct published *p, const uint8_t *bytes, enum keyframe_test looks)
{
    struct payload_info info;

    memcpy(p->payload, bytes, LIE);
    assert_int_equal(0, payload_parse(video->codec, span_of(p->payload, p->len), false, &info));
    assert_int_equal(looks, info.keyframe);
}

/* By its payload each packet is what it is not. */
static void load_liars(const struct video *v)
{
    load(v);
    for (unsigned i = 0; i < n_published; i++) {
        if (published[i].is_keyframe)
            begin_as(&published[i], video->like_delta, KEYFRAME_NO);
        else
            begin_as(&published[i], video->like_keyframe, KEYFRAME_YES);
    }
}

/* @return a keyframe behind which OLD packets come without one */
static unsigned lonely_keyframe(void)
{
    unsigned last = 0;

    for (unsigned i = 0; i < n_published && i < last + OLD; i++)
        last = published[i].is_keyframe ? i : last;
    assert_true(last + OLD <= n_published);
    return last;
}

/* Who joins when the last keyframe is old waits for one that the descriptors tell of. */
static void test_joiner(void **state)
{
    for (size_t i = 0; i < LENGTH(videos); i++) {
        load_liars(&videos[i]);
        assert_int_equal(0, open_room(state));
        unsigned first = lonely_keyframe(), at = first;
        struct published again = published[first];

        publish(false);
        for (; at < first + OLD - 20; at++)
            come_opaque(VIDEO_SSRC, (uint16_t)at, &published[at], NULL);
        (void)feedback();
        join(true, LAYER_MAX, LAYER_MAX);
        assert_string_equal("pli|", feedback());
        for (; at < first + OLD; at++) {
            come_opaque(VIDEO_SSRC, (uint16_t)at, &published[at], NULL);
            assert_int_equal(0, look());
        }
        again.descriptor[1] = (uint8_t)((published[at - 1].d.frame_number + 1) >> 8);
        again.descriptor[2] = (uint8_t)(published[at - 1].d.frame_number + 1);
        come_opaque(VIDEO_SSRC, (uint16_t)at, &again, NULL);
        assert_int_equal(1, look());
        assert_untouched(&received[0], &again);
        assert_int_equal(0, leave(state));
    }
}

/* Of what comes before the structure, which was lost at first, nothing is known. When it is there,
 * all goes out that belongs to its keyframe. */
static void test_structure_is_late(void **state)
{
    for (size_t i = 0; i < LENGTH(videos); i++) {
        unsigned n = 1;

        load_liars(&videos[i]);
        assert_int_equal(0, open_room(state));
        publish(false);
        join(true, 0, 0);
        for (; n < 8; n++) {
            come_opaque(VIDEO_SSRC, (uint16_t)n, &published[n], NULL);
            assert_int_equal(KEYFRAME_NO, kept((uint16_t)n)->info.keyframe);
            assert_int_equal(0, look());
        }
        come_opaque(VIDEO_SSRC, 0, &published[0], NULL);
        assert_int_equal(n, look());
        for (unsigned k = 0; k < n; k++) {
            assert_untouched(&received[k], &published[k]);
            assert_int_equal((uint16_t)(received[0].h.seq + k), received[k].h.seq);
        }
        assert_int_equal(0, leave(state));
    }
}

/* ---- VP8, whose descriptor is part of the payload ---- */

/* From one rid to another, with pictures left out: what looks like picture ids is left alone. */
static void test_rids(void **state)
{
    static struct published low[PACKETS_MAX];
    struct down_choice choice = {.rid = 1, .tid = 1, .wakes = -1};
    const unsigned change = OLD - 10;
    struct dependency_state told = {0};
    unsigned n_low = 0;
    bool is_low = false;

    load(&videos[0]);
    memcpy(low, published, sizeof low);
    assert_int_equal(0, open_room(state));
    publish(true);
    join(true, 0, 1);
    for (unsigned i = 0; i < n_published; i++) {
        make_noise(&low[i]);
        if (!low[i].is_keyframe)
            begin_as(&low[i], video->like_keyframe, KEYFRAME_YES);
        if (i == change)
            down_source_choose(receiver, &choice);
        if (i > change && low[i].is_keyframe)
            is_low = true;
        come_opaque(32, (uint16_t)i, &low[i], "l");
        if (is_low)
            check_forwarded(&low[i], 0, 1, &told);
        come_opaque(31, (uint16_t)i, &published[i], "h");
        if (!is_low)
            check_forwarded(&published[i], 0, 1, &told);
        n_low += is_low;
    }
    assert_true(n_low > 50);
    assert_int_equal(0, leave(state));
}

/* Firefox agrees to the extension, and writes it with no packet of VP8. */
static void come_plain(uint16_t id, uint8_t tid)
{
    const uint8_t payload[] = {0x90,
                               0xe0,
                               (uint8_t)(0x80 | id >> 8),
                               (uint8_t)id,
                               (uint8_t)(id / 2),
                               (uint8_t)(tid << 6 | (tid ? 0x20 : 0)),
                               id == 0 ? 0 : 1,
                               0};
    struct rtp_out h = {
        .marker = true, .pt = VIDEO_PT, .ssrc = VIDEO_SSRC, .seq = id, .rtp_ts = id * 3000u};
    struct packet_slot *slot = test_up_slot(&side);

    test_up_come(&side, slot,
                 rtp_write_packet(slot->data, DATAGRAM_MAX, &h, span_of(payload, sizeof payload)));
}

/* Then layers, keyframes and numbers are VP8's own. */
static void test_no_descriptors(void **state)
{
    struct down_choice all = {.tid = LAYER_MAX, .wakes = -1};
    struct vp8_descriptor d;
    struct span extension;

    load(&videos[0]);
    assert_int_equal(0, open_room(state));
    publish(false);
    join(true, 0, 0);
    for (uint16_t id = 0; id < 20; id++) {
        come_plain(id, id % 2);
        assert_int_equal(id % 2 == 0, look());
        assert_int_equal(id % 2, kept(id)->info.tid);
        assert_int_equal(id == 0 ? KEYFRAME_YES : KEYFRAME_NO, kept(id)->info.keyframe);
        if (id % 2)
            continue;
        assert_false(rtp_extension(&received[0].h, received[0].packet, DEPENDENCY_ID, &extension));
        assert_int_equal(0, vp8_descriptor_parse(&d, received[0].payload));
        assert_int_equal(id / 2, d.picture_id);
    }
    down_source_choose(receiver, &all);
    for (uint16_t id = 20; id < 24; id++) {
        come_plain(id, id % 2);
        assert_int_equal(1, look());
        assert_int_equal(0, vp8_descriptor_parse(&d, received[0].payload));
        assert_int_equal(id - 10, d.picture_id);
    }
    assert_int_equal(0, leave(state));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layers), cmocka_unit_test(test_receiver_without_extension),
        cmocka_unit_test(test_joiner), cmocka_unit_test(test_structure_is_late),
        cmocka_unit_test(test_rids),   cmocka_unit_test(test_no_descriptors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
