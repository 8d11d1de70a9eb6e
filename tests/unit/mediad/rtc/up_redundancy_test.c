/* Redundant audio as a publisher's connection takes it in: what is kept for receivers, what is
 * rebuilt, and what is dropped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "common/macros.h"
#include "mediad/rtc/down_source.h"
#include "mediad/rtc/red.h"
#include "mediad/rtc/rtp.h"
#include "tests/unit/mediad/rtc/test_up.h"

enum {
    OPUS_PT = 111,
    RED_PT = 63,
    LEVEL_ID = 1,
    HEADER_SIZE = 12 + 8,
    SSRC = 10,
    FRAME = 960,
    PAYLOAD_MAX = 64
};

static struct test_up side;
static struct up_connection *up;
static struct recorder recorder; /* of numbers, in the order in which receivers get them */

static void nothing_changed(void *user)
{
    (void)user;
}

static const struct up_connection_events events = {.demand_changed = nothing_changed,
                                                   .limit_changed = nothing_changed};

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
    s->ext_ids[HEADER_EXT_AUDIO_LEVEL] = LEVEL_ID;
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
    if (test_up_open(&side, &events, NULL) < 0)
        return -1;
    up = side.connection;
    describe();
    recorder_init(&recorder);
    track_subscribe(track(), &recorder.sub, false);
    return 0;
}

static int close_room(void **state)
{
    (void)state;
    test_up_close(&side);
    return 0;
}

/* How loud it is, as its header says: of each packet something else. */
static uint8_t level_of(uint16_t seq)
{
    return (uint8_t)(20 + seq % 50);
}

static void come_bytes(uint8_t pt, uint16_t seq, uint32_t rtp_ts, struct span payload)
{
    struct rtp_out h = {.pt = pt,
                        .ssrc = SSRC,
                        .seq = seq,
                        .rtp_ts = rtp_ts,
                        .audio_level_id = LEVEL_ID,
                        .audio_level = level_of(seq)};
    struct packet_slot *slot = test_up_slot(&side);

    test_up_come(&side, slot, rtp_write_packet(slot->data, DATAGRAM_MAX, &h, payload));
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
    return test_up_count(&side, what);
}

static const struct packet *kept(uint16_t seq)
{
    return packet_cache_find(&track()->cache, seq);
}

/* The packet of a number has the frame of a time as its payload, and all of the rest right. */
static void assert_frame(uint16_t seq, uint32_t rtp_ts, bool is_rebuilt)
{
    const struct packet *p = kept(seq);
    char want[24];

    assert_non_null(p);
    assert_int_equal(seq, (uint16_t)p->ext_seq);
    assert_int_equal(SSRC, p->ssrc);
    assert_int_equal(rtp_ts, p->rtp_ts);
    assert_int_equal(frame(want, rtp_ts), p->payload_len);
    assert_memory_equal(want, packet_payload(p).data, p->payload_len);
    assert_int_equal(p->len, p->payload_at + p->payload_len);
    assert_int_equal(is_rebuilt, p->is_repair);
    assert_int_equal(is_rebuilt, p->red_len == 0);
    assert_int_equal(is_rebuilt, !p->has_audio_level);
    if (!is_rebuilt)
        assert_int_equal(level_of(seq), p->audio_level);
}

static void test_primary_is_the_payload(void **state)
{
    (void)state;
    come(1, 1 * FRAME, (const uint16_t[]){0});
    come(2, 2 * FRAME, one);
    assert_recorded(&recorder, "packets 1|packets 2|");
    assert_frame(1, 1 * FRAME, false);
    assert_frame(2, 2 * FRAME, false);
    assert_int_equal(HEADER_SIZE, kept(2)->red_at);
    assert_int_equal(kept(2)->len - HEADER_SIZE, kept(2)->red_len);
    come_bytes(OPUS_PT, 3, 3 * FRAME, span_str("plain"));
    assert_int_equal(0, kept(3)->red_len);
    assert_int_equal(5, kept(3)->payload_len);
    assert_int_equal(0, count(COUNT_REBUILT));
}

/* The packet that was lost goes out before the one that has its frame, and is not asked for. Here
 * numbers and times wrap. */
static void test_lost_packet_is_rebuilt(void **state)
{
    const uint32_t before = UINT32_MAX - FRAME / 2;

    (void)state;
    come(65534, before, one);
    come(0, before + 2 * FRAME, one);
    assert_recorded(&recorder, "packets 65534|packets 65535 0|");
    assert_frame(65535, before + FRAME, true);
    assert_frame(0, before + 2 * FRAME, false);
    assert_int_equal(kept(0)->ext_seq - 1, kept(65535)->ext_seq);
    assert_int_equal(kept(0)->arrival_us, kept(65535)->arrival_us);
    assert_int_equal(1, count(COUNT_REBUILT));
    assert_int_equal(0, up->sources[0]->loss.n_missing);
    /* the publisher still hears of it */
    assert_int_equal(1, reception_lost(&up->sources[0]->reception));
}

static void assert_statistics(unsigned n_packets, unsigned n_lost, unsigned n_lost_in_all)
{
    const struct track_stats *stats = &side.stats->tracks[0];

    test_workers_pass(&side.room, 1000000);
    assert_false(up_connection_tick(up, true));
    assert_int_equal(n_packets, atomic_load(&stats->n_packets));
    assert_int_equal(n_lost, atomic_load(&stats->n_lost));
    assert_int_equal(n_lost_in_all, count(COUNT_RTP_LOST_IN));
}

/* A packet that was rebuilt before it came, late, was not lost; nobody gets it twice. */
static void test_late_after_all(void **state)
{
    uint64_t bytes;

    (void)state;
    come(11, 11 * FRAME, one);
    come(13, 13 * FRAME, one);
    assert_statistics(2, 1, 1);
    bytes = up->sources[0]->reception.rate.total_bytes;
    come(12, 12 * FRAME, one);
    come(12, 12 * FRAME, one); /* counted once only */
    assert_statistics(3, 0, 1);
    assert_int_equal(kept(13)->len, up->sources[0]->reception.rate.total_bytes - bytes);
    assert_recorded(&recorder, "packets 11|packets 12 13|");
    assert_int_equal(2, count(COUNT_DROP_DUPLICATE));
    assert_frame(12, 12 * FRAME, true);
    /* others are lost for good: more than are remembered, and those that are stay so */
    for (uint16_t seq = 15; seq < 15 + 4 * UP_REBUILT_MAX; seq += 2)
        come(seq, seq * (uint32_t)FRAME, one);
    assert_statistics(3 + 2 * UP_REBUILT_MAX, 2 * UP_REBUILT_MAX, 2 * UP_REBUILT_MAX);
    come(15, 15 * FRAME, one); /* a duplicate of one that came */
    assert_statistics(3 + 2 * UP_REBUILT_MAX, 2 * UP_REBUILT_MAX, 2 * UP_REBUILT_MAX);
}

/* The numbers of another SSRC are not those that were rebuilt. */
static void test_another_ssrc(void **state)
{
    (void)state;
    come(1, 1 * FRAME, one);
    come(3, 3 * FRAME, one);
    assert_statistics(2, 1, 1);
    up_source_bind(up->sources[0], SSRC); /* begins anew */
    come(2, 2 * FRAME, one);
    assert_int_equal(0, up->sources[0]->reception.n_received);
    come(4, 4 * FRAME, one);
    come(6, 6 * FRAME, one);
    assert_statistics(2, 1, 2);
}

struct rebuilt {
    uint16_t distance; /* numbers before the packet that has its frame; 0 ends a list */
    uint16_t age;
};

/* Which block belongs to which number. */
static void test_several_lost(void **state)
{
    static const struct {
        const char *name;
        uint16_t lost;
        uint16_t frames; /* since the packet before */
        uint16_t ages[4];
        struct rebuilt want[4];
    } rows[] = {
        {"two lost, both there", 2, 3, {2 * FRAME, FRAME, 0}, {{2, 2 * FRAME}, {1, FRAME}}},
        {"the newer is there", 2, 3, {FRAME, 0}, {{1, FRAME}}},
        {"the older is there", 2, 3, {2 * FRAME, 0}, {{2, 2 * FRAME}}},
        {"the newest of three", 3, 4, {FRAME, 0}, {{1, FRAME}}},
        {"in any order", 2, 3, {FRAME, 2 * FRAME, 0}, {{2, 2 * FRAME}, {1, FRAME}}},
        {"after silence, nothing lost", 0, 20, {FRAME, 0}, {{0}}},
        {"after silence, by order", 1, 20, {FRAME, 0}, {{1, FRAME}}},
        {"after silence, not by time", 2, 40, {FRAME, 0}, {{0}}},
        {"frames of another length", 1, 2, {FRAME / 2, 0}, {{1, FRAME / 2}}},
        {"a time that no number has", 2, 3, {FRAME / 2, 0}, {{0}}},
        {"a frame that came", 1, 2, {2 * FRAME, 0}, {{0}}},
        {"one that came before", 1, 2, {3 * FRAME, FRAME, 0}, {{1, FRAME}}},
        {"two frames for one number", 1, 3, {2 * FRAME, FRAME, 0}, {{0}}},
        {"and one halfway", 1, 4, {2 * FRAME, FRAME, 0}, {{0}}},
        {"more than packets have", 18, 19, {FRAME, 0}, {{0}}},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        uint16_t base = (uint16_t)(1000 * i + 100), seq = (uint16_t)(base + rows[i].lost + 1);
        uint32_t before = (1000 * (uint32_t)i + 100) * FRAME;
        uint32_t rtp_ts = before + rows[i].frames * (uint32_t)FRAME;
        uint64_t n_rebuilt = count(COUNT_REBUILT);
        char want[64] = "packets";

        come(base, before, (const uint16_t[]){0});
        recorder.said[0] = '\0';
        come(seq, rtp_ts, rows[i].ages);
        for (const struct rebuilt *b = rows[i].want; b->distance; b++) {
            snprintf(want + strlen(want), sizeof want - strlen(want), " %u", seq - b->distance);
            n_rebuilt++;
        }
        snprintf(want + strlen(want), sizeof want - strlen(want), " %u|", seq);
        if (strcmp(want, recorder.said) != 0)
            print_error("%s\n", rows[i].name);
        assert_recorded(&recorder, want);
        assert_int_equal(n_rebuilt, count(COUNT_REBUILT));
        for (const struct rebuilt *b = rows[i].want; b->distance; b++)
            assert_frame((uint16_t)(seq - b->distance), rtp_ts - b->age, true);
        assert_frame(seq, rtp_ts, false);
    }
}

/* Browsers try their line with packets that have no frame, between those that do and with the time
 * of the last; what is lost before them is rebuilt all the same, in the order of time. */
static void test_padding_between(void **state)
{
    static const struct {
        const char *name;
        const char *numbers; /* from the packet before: f: its frame comes, p: padding, .: lost */
        uint16_t frames;
        uint16_t ages[3];
        uint16_t want[3]; /* numbers that are rebuilt; 0 ends the list */
    } rows[] = {
        {"lost before it", "f.pf", 2, {FRAME, 0}, {1}},
        {"lost behind it", "fp.f", 2, {FRAME, 0}, {2}},
        {"it is lost, too: the newest number", "f.p.pf", 2, {FRAME, 0}, {3}},
        {"two, and both are there", "f.p.pf", 3, {2 * FRAME, FRAME, 0}, {1, 3}},
        {"it alone is lost", "fp.f", 1, {FRAME, 0}, {0}},
        {"it alone came", "fpf", 1, {FRAME, 0}, {0}},
        {"much of it", "f.pppppppppppppppppppppf", 2, {FRAME, 0}, {1}},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        uint16_t base = (uint16_t)(100 * i), last = (uint16_t)(strlen(rows[i].numbers) - 1);
        uint32_t before = (1000 * (uint32_t)i + 100) * FRAME;
        uint32_t rtp_ts = before + rows[i].frames * (uint32_t)FRAME;
        char want[64] = "packets";

        come(base, before, (const uint16_t[]){0});
        for (uint16_t n = 1; n < last; n++) {
            if (rows[i].numbers[n] == 'p')
                come_bytes(OPUS_PT, (uint16_t)(base + n), before, span_of(NULL, 0));
        }
        recorder.said[0] = '\0';
        come((uint16_t)(base + last), rtp_ts, rows[i].ages);
        for (const uint16_t *n = rows[i].want; *n; n++)
            snprintf(want + strlen(want), sizeof want - strlen(want), " %u", base + *n);
        snprintf(want + strlen(want), sizeof want - strlen(want), " %u|", base + last);
        if (strcmp(want, recorder.said) != 0)
            print_error("%s\n", rows[i].name);
        assert_recorded(&recorder, want);
        for (const uint16_t *n = rows[i].want; *n; n++)
            assert_int_not_equal(0, kept((uint16_t)(base + *n))->payload_len);
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

/* Nor does it come with the first packets that are heard again. */
static void test_unmuted(void **state)
{
    static const uint16_t two[] = {2 * FRAME, FRAME, 0};

    (void)state;
    up->is_muted = true;
    come(1, 1 * FRAME, two);
    come(2, 2 * FRAME, two);
    up->is_muted = false;
    come(4, 4 * FRAME, two); /* of 3 it is not known whether it was said before */
    come(3, 3 * FRAME, one); /* it comes late */
    come(5, 5 * FRAME, two);
    come(6, 6 * FRAME, two);
    come(8, 8 * FRAME, one);
    assert_recorded(&recorder,
                    "packets 1|packets 2|packets 4|packets 3|packets 5|packets 6|packets 7 8|");
    for (uint16_t seq = 3; seq <= 5; seq++) {
        assert_int_equal(0, kept(seq)->red_len);
        assert_int_not_equal(0, kept(seq)->payload_len);
    }
    assert_frame(6, 6 * FRAME, false);
    assert_frame(7, 7 * FRAME, true);
}

/* A clock that jumps leaves the time behind in which it was muted, whichever way. */
static void test_unmuted_and_another_clock(void **state)
{
    static const uint32_t times[] = {3 * RED_AGE_MAX, 0};

    (void)state;
    for (uint16_t i = 0; i < LENGTH(times); i++) {
        up->is_muted = true;
        come(10 * i, RED_AGE_MAX, one);
        up->is_muted = false;
        come(10 * i + 1, RED_AGE_MAX + FRAME, one);
        assert_int_equal(0, kept(10 * i + 1)->red_len);
        come(10 * i + 2, times[i], one);
        come(10 * i + 3, RED_AGE_MAX + FRAME, one);
        assert_frame(10 * i + 3, RED_AGE_MAX + FRAME, false);
    }
}

/* ---- as it leaves ---- */

enum { SENT_OPUS_PT = 100, SENT_RED_PT = 101, SENT_LEVEL_ID = 2, SRTP_TAG = 10 };

static struct down_track *receiver_new(bool takes_red)
{
    struct down_target target = {
        .codec = CODEC_OPUS, .n_rids = 1, .rids = {{100, 0}}, .ssrc = 1000, .mid = "0"};
    struct down_track *t;

    target.route.pt = SENT_OPUS_PT;
    target.route.red_pt = takes_red ? SENT_RED_PT : 0;
    target.route.ext_ids[HEADER_EXT_AUDIO_LEVEL] = SENT_LEVEL_ID;
    t = down_track_new(&side.transport, &target);
    assert_non_null(t);
    down_source_subscribe(t);
    return t;
}

/* What left since the last look: "PT +NUMBER TIME level LEVEL: PAYLOAD|" for each packet, with
 * numbers from the first one on. */
static const char *sent(uint16_t first)
{
    static char text[512];
    struct send_batch *b = &side.room.workers[0].batch;

    text[0] = '\0';
    for (unsigned i = 0; i < b->n; i++) {
        struct span packet = span_of(b->items[i].data, b->items[i].len), level;
        size_t at = strlen(text);
        struct rtp_header h;

        assert_int_equal(0, rtp_parse(&h, packet));
        at += (size_t)snprintf(text + at, sizeof text - at, "%u +%u %u", h.pt,
                               (uint16_t)(h.seq - first), (unsigned)h.rtp_ts);
        if (rtp_extension(&h, packet, SENT_LEVEL_ID, &level))
            at += (size_t)snprintf(text + at, sizeof text - at, " level %u", level.data[0]);
        at += (size_t)snprintf(text + at, sizeof text - at, ": ");
        for (size_t k = 0; k + SRTP_TAG < h.payload_len; k++) {
            uint8_t byte = packet.data[h.payload_at + k];

            at += (size_t)snprintf(text + at, sizeof text - at,
                                   byte < ' ' || byte > '~' ? "<%02x>" : "%c", byte);
        }
        snprintf(text + at, sizeof text - at, "|");
    }
    b->n = 0;
    b->n_jobs = 0;
    return text;
}

static uint16_t first_sent(void)
{
    const struct send_batch *b = &side.room.workers[0].batch;
    struct rtp_header h;

    assert_int_equal(1, b->n);
    assert_int_equal(0, rtp_parse(&h, span_of(b->items[0].data, b->items[0].len)));
    return h.seq;
}

/* A rebuilt packet is a plain one for every receiver, and says of no level: it is not known how
 * loud its own frame was. */
static void test_what_receivers_get(void **state)
{
    static const char *const behind[] = {"", "<e4><0f><00><0a>dframe 1920"};

    (void)state;
    for (int takes_red = 0; takes_red < 2; takes_red++) {
        struct down_track *t = receiver_new(takes_red);
        uint16_t base = (uint16_t)(10 * takes_red), first;
        char want[256];

        come(base, 0, (const uint16_t[]){0});
        first = first_sent();
        (void)sent(first);
        come((uint16_t)(base + 2), 3 * FRAME, one);
        snprintf(want, sizeof want, "100 +1 1920: frame 1920|%u +2 2880 level %u: %sframe 2880|",
                 takes_red ? SENT_RED_PT : SENT_OPUS_PT, level_of((uint16_t)(base + 2)),
                 behind[takes_red]);
        assert_string_equal(want, sent(first));
        down_track_free(t);
    }
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, open_room, close_room)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_primary_is_the_payload),
        CASE(test_lost_packet_is_rebuilt),
        CASE(test_late_after_all),
        CASE(test_another_ssrc),
        CASE(test_several_lost),
        CASE(test_padding_between),
        CASE(test_what_is_not_missing),
        CASE(test_malformed_is_dropped),
        CASE(test_muted),
        CASE(test_unmuted),
        CASE(test_unmuted_and_another_clock),
        CASE(test_what_receivers_get),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
