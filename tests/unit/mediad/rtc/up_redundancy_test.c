/* Redundant audio as a publisher's connection takes it in: what is kept for receivers, what is
 * rebuilt, and what is dropped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "common/macros.h"
#include "mediad/rtc/rtp.h"
#include "mediad/rtc/up_connection.h"
#include "tests/unit/mediad/rtc/test_transport.h"
#include "tests/unit/mediad/rtc/test_workers.h"

enum { OPUS_PT = 111, RED_PT = 63, SSRC = 10, FRAME = 960, PAYLOAD_MAX = 64 };

static struct test_workers room;
static struct peer_transport transport;
static struct connection_stats *stats;
static struct up_connection *up;
static struct recorder recorder; /* of numbers, in the order in which receivers get them */

static struct worker *worker(void)
{
    return &room.workers[0];
}

static void no_demand(void *user)
{
    (void)user;
}

static const struct up_connection_events events = {.demand_changed = no_demand};

static void describe(void)
{
    struct connection_update u = {.n_up = 1, .up_targets = {{100, {0, -1}}}};
    struct up_section *s;

    u.up = calloc(1, sizeof *u.up + sizeof u.up->sections[0]);
    assert_non_null(u.up);
    u.up->n_sections = 1;
    s = &u.up->sections[0];
    s->is_accepted = s->is_active = true;
    s->kind = TRACK_AUDIO;
    s->ssrc = SSRC;
    s->n_codecs = 1;
    s->codecs[0] = (struct up_codec){
        .codec = CODEC_OPUS, .pt = OPUS_PT, .red_pt = RED_PT, .feedback = FEEDBACK_NACK};
    assert_int_equal(0, up_connection_update(up, &u));
}

static struct track *track(void)
{
    return up->sources[0]->track;
}

static int open_room(void **state)
{
    (void)state;
    if (test_transport_keys(&transport, NULL) < 0)
        return -1;
    test_workers_init(&room, 1);
    test_transport_attach(&transport, worker());
    stats = connection_stats_new();
    up = up_connection_new(stats);
    if (!stats || !up)
        return -1;
    up_connection_start(up, &transport, &events, NULL);
    describe();
    recorder_init(&recorder);
    track_subscribe(track(), &recorder.sub, false);
    return 0;
}

static int close_room(void **state)
{
    (void)state;
    up_connection_free(up);
    connection_stats_unref(stats);
    secure_rtp_release(&transport.rtp);
    test_workers_release(&room);
    return 0;
}

static void come_bytes(uint8_t pt, uint16_t seq, uint32_t rtp_ts, struct span payload)
{
    struct rtp_out h = {.pt = pt, .ssrc = SSRC, .seq = seq, .rtp_ts = rtp_ts};
    struct slot *slot = slab_take(&worker()->slab);

    assert_non_null(slot);
    slot->len = (uint16_t)rtp_write_packet(slot->data, DATAGRAM_MAX, &h, payload);
    up_connection_rtp(up, &slot);
    if (slot)
        slab_unref(&worker()->slab, &slot->packet);
    track_flush_all(worker());
}

/* The frame of a time is "frame TIME". */
static size_t frame(char *out, uint32_t rtp_ts)
{
    return (size_t)snprintf(out, 24, "frame %u", (unsigned)rtp_ts);
}

/* Redundant audio with the frames that are so much older, which a 0 ends, and its own. */
static void come(uint16_t seq, uint32_t rtp_ts, const uint16_t *ages)
{
    uint8_t payload[4 * PAYLOAD_MAX];
    size_t n = 0, at;

    while (ages[n])
        n++;
    at = 4 * n + 1;
    for (size_t i = 0; i <= n; i++) {
        uint32_t age = ages[i];
        size_t len = frame((char *)payload + at, rtp_ts - age);
        uint8_t *header = payload + 4 * i;

        at += len;
        header[0] = OPUS_PT;
        if (i == n)
            break;
        header[0] |= 0x80;
        header[1] = (uint8_t)(age >> 6);
        header[2] = (uint8_t)(age << 2 | len >> 8);
        header[3] = (uint8_t)len;
    }
    /* the frames wrote over nothing of the headers: those stand before */
    come_bytes(RED_PT, seq, rtp_ts, span_of(payload, at));
}

static const uint16_t one[] = {FRAME, 0};

static uint64_t count(enum worker_count what)
{
    return atomic_load(&worker()->counts[what]);
}

static const struct packet *kept(uint16_t seq)
{
    return packet_cache_find(&track()->cache, seq);
}

/* What receivers get that take no redundant audio. */
static void assert_frame(uint16_t seq, uint32_t rtp_ts)
{
    const struct packet *p = kept(seq);
    char want[24];

    assert_non_null(p);
    assert_int_equal(rtp_ts, p->rtp_ts);
    assert_int_equal(frame(want, rtp_ts), p->payload_len);
    assert_memory_equal(want, packet_payload(p).data, p->payload_len);
}

static void test_primary_is_the_payload(void **state)
{
    (void)state;
    come(1, 1 * FRAME, (const uint16_t[]){0});
    come(2, 2 * FRAME, one);
    assert_recorded(&recorder, "packets 1|packets 2|");
    assert_frame(1, 1 * FRAME);
    assert_frame(2, 2 * FRAME);
    assert_int_equal(kept(2)->payload_at + kept(2)->payload_len, kept(2)->len);
    assert_int_equal(12, kept(2)->red_at);
    assert_int_equal(kept(2)->len - 12, kept(2)->red_len);
    come_bytes(OPUS_PT, 3, 3 * FRAME, span_str("plain"));
    assert_int_equal(0, kept(3)->red_len);
    assert_int_equal(5, kept(3)->payload_len);
    assert_int_equal(0, count(COUNT_REBUILT));
}

/* The packet that was lost goes out before the one that has its frame, and is not asked for. */
static void test_lost_packet_is_rebuilt(void **state)
{
    (void)state;
    come(65534, 1 * FRAME, one);
    come(0, 3 * FRAME, one);
    assert_recorded(&recorder, "packets 65534|packets 65535 0|");
    assert_frame(65535, 2 * FRAME);
    assert_int_equal(kept(0)->ext_seq - 1, kept(65535)->ext_seq);
    assert_int_equal(0, kept(65535)->red_len);
    assert_int_equal(1, count(COUNT_REBUILT));
    assert_int_equal(0, up->sources[0]->loss.n_missing);
    /* it was late after all */
    come(65535, 2 * FRAME, one);
    assert_recorded(&recorder, "");
    assert_int_equal(1, count(COUNT_DROP_DUPLICATE));
    /* the publisher still hears of it */
    assert_int_equal(1, reception_lost(&up->sources[0]->reception));
}

/* Which block belongs to which number. */
static void test_several_lost(void **state)
{
    static const struct {
        const char *name;
        uint16_t lost;
        uint16_t frames; /* since the packet before */
        uint16_t ages[4];
        const char *want;
    } rows[] = {
        {"two lost, both there", 2, 3, {2 * FRAME, FRAME, 0}, "packets 101 102 103|"},
        {"the newer is there", 2, 3, {FRAME, 0}, "packets 102 103|"},
        {"the older is there", 2, 3, {2 * FRAME, 0}, "packets 101 103|"},
        {"the newest of three", 3, 4, {FRAME, 0}, "packets 103 104|"},
        {"after silence, by order", 1, 20, {FRAME, 0}, "packets 101 102|"},
        {"after silence, not by time", 2, 40, {FRAME, 0}, "packets 103|"},
        {"a frame that came", 1, 2, {2 * FRAME, 0}, "packets 102|"},
        {"one that came before", 1, 2, {3 * FRAME, FRAME, 0}, "packets 101 102|"},
        {"two frames for one number", 1, 3, {2 * FRAME, FRAME, 0}, "packets 102|"},
        {"more than packets have", 18, 19, {FRAME, 0}, "packets 119|"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        uint16_t base = (uint16_t)(1000 * i + 100), seq = (uint16_t)(base + rows[i].lost + 1);
        uint32_t rtp_ts = (1000 * (uint32_t)i + 100) * FRAME;
        char want[64];
        unsigned a, b, c;
        int n = sscanf(rows[i].want, "packets %u %u %u", &a, &b, &c);

        come(base, rtp_ts, (const uint16_t[]){0});
        recorder.said[0] = '\0';
        come(seq, rtp_ts + rows[i].frames * (uint32_t)FRAME, rows[i].ages);
        snprintf(want, sizeof want, "packets %zu", 1000 * i + a);
        if (n > 1)
            snprintf(want + strlen(want), sizeof want - strlen(want), " %zu", 1000 * i + b);
        if (n > 2)
            snprintf(want + strlen(want), sizeof want - strlen(want), " %zu", 1000 * i + c);
        snprintf(want + strlen(want), sizeof want - strlen(want), "|");
        if (strcmp(want, recorder.said) != 0)
            print_error("%s\n", rows[i].name);
        assert_recorded(&recorder, want);
        assert_frame(seq, rtp_ts + rows[i].frames * (uint32_t)FRAME);
    }
}

/* Nothing is known of what came before the first packet, nor across a new numbering; and what comes
 * late is none of the newest. */
static void test_what_is_not_missing(void **state)
{
    (void)state;
    come(10, 10 * FRAME, one);
    come(13, 13 * FRAME, (const uint16_t[]){0});
    come(12, 12 * FRAME, one); /* late, and 11 may come yet */
    assert_null(kept(9));
    assert_null(kept(11));
    assert_int_equal(0, count(COUNT_REBUILT));
}

static void test_malformed_is_dropped(void **state)
{
    static const uint8_t rows[][8] = {
        {0x80 | OPUS_PT, 0x0f, 0x00},                               /* a header past the end */
        {0x80 | OPUS_PT, 0x0f, 0x00, 0x09, OPUS_PT, 'o', 'l', 'd'}, /* a block past it */
        {0x80 | OPUS_PT, 0x0f, 0x00, 0x03, OPUS_PT, 'o', 'l', 'd'}, /* no primary block */
    };
    static const size_t lengths[] = {3, 8, 8};

    (void)state;
    come(1, FRAME, one);
    for (uint16_t i = 0; i < LENGTH(rows); i++) {
        come_bytes(RED_PT, (uint16_t)(2 + i), (2u + i) * FRAME, span_of(rows[i], lengths[i]));
        assert_int_equal(i + 1, count(COUNT_DROP_SYNTAX));
        assert_null(kept((uint16_t)(2 + i)));
    }
    assert_recorded(&recorder, "packets 1|");
    come(2, 2 * FRAME, one);
    assert_recorded(&recorder, "packets 2|");
}

/* A muted publisher's sound goes nowhere, in whatever form it comes. */
static void test_muted(void **state)
{
    (void)state;
    up->is_muted = true;
    come(1, 1 * FRAME, one);
    come(3, 3 * FRAME, one);
    assert_recorded(&recorder, "packets 1|packets 3|");
    assert_int_equal(0, kept(3)->payload_len);
    assert_int_equal(0, kept(3)->red_len);
    assert_int_equal(0, count(COUNT_REBUILT));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, open_room, close_room)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_primary_is_the_payload), CASE(test_lost_packet_is_rebuilt),
        CASE(test_several_lost),           CASE(test_what_is_not_missing),
        CASE(test_malformed_is_dropped),   CASE(test_muted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
