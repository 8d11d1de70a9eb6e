#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "common/macros.h"
#include "mediad/rtc/rtcp.h"
#include "mediad/rtc/rtp.h"
#include "mediad/rtc/transport_feedback.h"
#include "tests/unit/mediad/rtc/test_up.h"

enum { SOUND, CAMERA, SCREEN };
enum { SOUND_PT = 111, VIDEO_PT = 96, RTX_PT = 97, SCREEN_PT = 98 };
enum { SOUND_SSRC = 10, VIDEO_SSRC = 20, RTX_SSRC = 21 };
enum { MID_ID = 1, RID_ID = 2, TRANSPORT_CC_ID = 3 };

static struct test_up side;
static struct up_connection *up;

static struct worker *worker(void)
{
    return &side.room.workers[0];
}

static void section(struct up_section *s, enum track_kind kind, const char *mid, enum codec codec,
                    uint8_t pt, uint8_t feedback)
{
    s->is_accepted = true;
    s->is_active = true;
    s->kind = kind;
    snprintf(s->mid, sizeof s->mid, "%s", mid);
    s->codecs[0].codec = codec;
    s->codecs[0].pt = pt;
    s->codecs[0].feedback = feedback;
    s->n_codecs = 1;
    s->ext_ids[HEADER_EXT_MID] = MID_ID;
}

static bool has_transport_cc;   /* negotiated */
static uint8_t transport_cc_id; /* in packets; 0: none */
static uint16_t transport_cc;

/* Sound with a signalled SSRC; a camera in two rids, or with a signalled SSRC and RTX; a screen. */
static struct negotiated *make_plan(bool is_simulcast)
{
    struct negotiated *plan = calloc(1, sizeof *plan + 3 * sizeof plan->sections[0]);
    struct up_section *camera;

    assert_non_null(plan);
    plan->n_sections = 3;
    camera = &plan->sections[CAMERA];
    section(&plan->sections[SOUND], TRACK_AUDIO, "a", CODEC_OPUS, SOUND_PT, FEEDBACK_NACK);
    plan->sections[SOUND].ssrc = SOUND_SSRC;
    section(camera, TRACK_VIDEO, "v", CODEC_VP8, VIDEO_PT,
            FEEDBACK_NACK | FEEDBACK_PLI | FEEDBACK_REMB);
    camera->codecs[0].rtx_pt = RTX_PT;
    if (has_transport_cc) {
        camera->codecs[0].feedback |= FEEDBACK_TRANSPORT_CC;
        camera->ext_ids[HEADER_EXT_TRANSPORT_CC] = TRANSPORT_CC_ID;
    }
    section(&plan->sections[SCREEN], TRACK_VIDEO, "s", CODEC_VP8, SCREEN_PT, FEEDBACK_FIR);
    if (!is_simulcast) {
        camera->ssrc = VIDEO_SSRC;
        camera->rtx_ssrc = RTX_SSRC;
        return plan;
    }
    camera->ext_ids[HEADER_EXT_RID] = RID_ID;
    camera->n_rids = 2;
    snprintf(camera->rids[0].id, sizeof camera->rids[0].id, "h");
    snprintf(camera->rids[1].id, sizeof camera->rids[1].id, "l");
    return plan;
}

static unsigned n_demands;
static uint64_t last_track;

/* Every track is a new one. Takes the plan. */
static void take_plan(struct negotiated *plan)
{
    struct connection_update u = {.up = plan};
    struct up_track tracks[TRACKS_MAX];

    u.n_up = negotiated_tracks(u.up, tracks, LENGTH(tracks));
    for (size_t i = 0; i < u.n_up; i++)
        u.up_targets[i] = (struct up_target){++last_track, tracks[i]};
    assert_int_equal(0, up_connection_update(up, &u));
    assert_null(u.up);
}

static void describe(bool is_simulcast)
{
    last_track = 99; /* the same tracks each time */
    take_plan(make_plan(is_simulcast));
}

static void demand_changed(void *user)
{
    ++*(unsigned *)user;
}

static const struct up_connection_events events = {.demand_changed = demand_changed};

static int open_room(void **state)
{
    (void)state;
    has_transport_cc = false;
    transport_cc_id = 0;
    if (test_up_open(&side, &events, &n_demands) < 0)
        return -1;
    up = side.connection;
    return 0;
}

static int close_room(void **state)
{
    (void)state;
    test_up_close(&side);
    return 0;
}

/* One packet of ten bytes. @param ext_id 0: none; else MID_ID or RID_ID, with `text` */
static void come(uint8_t pt, uint32_t ssrc, uint16_t seq, uint8_t ext_id, const char *text)
{
    struct rtp_out h = {.pt = pt,
                        .ssrc = ssrc,
                        .seq = seq,
                        .rtp_ts = seq * 3000u,
                        .transport_cc_id = transport_cc_id,
                        .transport_cc = transport_cc++,
                        .mid_id = ext_id,
                        .mid = span_str(text)};
    static const uint8_t payload[10] = {0x10, 0x01}; /* VP8: a start, not of a keyframe */
    struct slot *slot = test_up_slot(&side);

    test_up_come(&side, slot,
                 rtp_write_packet(slot->data, DATAGRAM_MAX, &h, span_of(payload, sizeof payload)));
}

static void come_again(uint16_t seq, uint16_t original)
{
    struct rtp_out h = {.pt = RTX_PT,
                        .ssrc = RTX_SSRC,
                        .seq = seq,
                        .rtp_ts = original * 3000u,
                        .transport_cc_id = transport_cc_id,
                        .transport_cc = transport_cc++};
    static const uint8_t payload[10] = {0x10, 0x01};
    struct slot *slot = test_up_slot(&side);

    test_up_come(
        &side, slot,
        rtp_write_rtx(slot->data, DATAGRAM_MAX, &h, original, span_of(payload, sizeof payload)));
}

static struct track *track_at(unsigned i)
{
    return up->sources[i]->track;
}

static struct packet *kept(unsigned track, uint16_t seq)
{
    return packet_cache_find(&track_at(track)->cache, seq);
}

/* "7@10 8- ": number and how many ms after the first */
static void add_arrivals(char *text, size_t size, struct span items)
{
    struct transport_feedback_clock clock = {0};
    struct transport_feedback f;
    struct transport_feedback_walk w;
    int64_t first_us = -1, arrival_us;
    uint16_t number;
    bool has_arrived;

    assert_int_equal(0, transport_feedback_read(&f, items));
    w = transport_feedback_walk(&f, &clock);
    while (transport_feedback_next(&w, &number, &has_arrived, &arrival_us)) {
        size_t at = strlen(text);

        if (first_us < 0)
            first_us = arrival_us;
        if (has_arrived)
            snprintf(text + at, size - at, "%u@%lld ", number,
                     (long long)(arrival_us - first_us) / 1000);
        else
            snprintf(text + at, size - at, "%u- ", number);
    }
}

/* The camera pauses, and comes back by what is known of it. @param mid that it has then */
static void pause_camera(const char *mid)
{
    struct negotiated *plan = make_plan(true);

    plan->sections[CAMERA].is_active = false;
    take_plan(plan);
    plan = make_plan(true);
    snprintf(plan->sections[CAMERA].mid, sizeof plan->sections[CAMERA].mid, "%s", mid);
    take_plan(plan);
}

static uint64_t count(enum worker_count what)
{
    return test_up_count(&side, what);
}

/* The feedback that left since the last look: "nack 3|pli|remb 400000|". */
static const char *feedback(void)
{
    static char text[256];
    struct send_batch *b = &worker()->batch;

    text[0] = '\0';
    for (unsigned i = 0; i < b->n; i++) {
        size_t len = b->items[i].len;
        struct rtcp_packet p;
        struct span rest;
        uint16_t seq, mask;

        assert_int_equal(0, secure_rtp_unprotect_rtcp(&side.publisher, b->items[i].data, &len));
        rest = span_of(b->items[i].data, len);
        while (rtcp_next(&rest, &p) == 1) {
            size_t at = strlen(text);

            if (p.kind == RTCP_NACK && rtcp_nack_at(&p, 0, &seq, &mask))
                snprintf(text + at, sizeof text - at, "nack %u|", seq);
            else if (p.kind == RTCP_PLI)
                snprintf(text + at, sizeof text - at, "pli|");
            else if (p.kind == RTCP_FIR)
                snprintf(text + at, sizeof text - at, "fir|");
            else if (p.kind == RTCP_TRANSPORT_CC)
                add_arrivals(text, sizeof text, p.items);
            else if (p.kind == RTCP_REMB)
                snprintf(text + at, sizeof text - at, "remb %u|", (unsigned)p.remb_bps);
        }
    }
    b->n = 0;
    return text;
}

/* By SSRC where it was signalled; else by mid; else by a payload type that one section has. */
static void test_whose_packet(void **state)
{
    (void)state;
    describe(false);
    assert_int_equal(3, up->n_sources);
    come(SOUND_PT, SOUND_SSRC, 1, 0, "");
    come(VIDEO_PT, VIDEO_SSRC, 2, 0, "");
    come(SCREEN_PT, 77, 3, 0, "");
    come(VIDEO_PT, 500, 4, MID_ID, "nobody");
    assert_non_null(kept(SOUND, 1));
    assert_non_null(kept(CAMERA, 2));
    assert_non_null(kept(SCREEN, 3));
    assert_int_equal(1, count(COUNT_DROP_SSRC));
    come(99, VIDEO_SSRC, 5, 0, ""); /* a payload type of no section */
    assert_int_equal(1, count(COUNT_DROP_SYNTAX));
    come(SCREEN_PT, 0, 6, MID_ID, "s"); /* binds nothing */
    assert_int_equal(77, up->sources[SCREEN]->ssrc);
    assert_int_equal(2, count(COUNT_DROP_SSRC));
    come(SCREEN_PT, 78, 6, MID_ID, "s"); /* the screen began anew */
    assert_int_equal(78, up->sources[SCREEN]->ssrc);
}

static void test_rids(void **state)
{
    (void)state;
    describe(true);
    assert_int_equal(4, up->n_sources);
    come(VIDEO_PT, 31, 1, RID_ID, "h");
    come(VIDEO_PT, 32, 1, RID_ID, "l");
    come(VIDEO_PT, 33, 1, RID_ID, "x");
    come(VIDEO_PT, 31, 2, 0, ""); /* bound by now */
    assert_int_equal(31, up->sources[CAMERA]->ssrc);
    assert_int_equal(32, up->sources[CAMERA + 1]->ssrc);
    assert_non_null(kept(CAMERA, 2));
    assert_null(kept(CAMERA + 1, 2));
    assert_int_equal(1, count(COUNT_DROP_SSRC));
}

/* A section that was inactive comes back with the SSRCs of before, of which nothing is said again.
 */
static void test_pause(void **state)
{
    (void)state;
    describe(true);
    come(VIDEO_PT, 31, 1, RID_ID, "h");
    come(VIDEO_PT, 32, 1, RID_ID, "l");
    for (uint16_t round = 1; round <= 3; round++) {
        pause_camera("v");
        assert_null(kept(CAMERA, 1));
        come(VIDEO_PT, 31, (uint16_t)(1 + round), 0, "");
        come(VIDEO_PT, 32, (uint16_t)(1 + round), 0, "");
        assert_non_null(kept(CAMERA, (uint16_t)(1 + round)));
        assert_non_null(kept(CAMERA + 1, (uint16_t)(1 + round)));
    }
    assert_int_equal(0, count(COUNT_DROP_SSRC));
    (void)feedback();
    up_source_ask_keyframe(up->sources[CAMERA]);
    assert_string_equal("pli|", feedback());
    come(VIDEO_PT, 41, 1, RID_ID, "h"); /* it began anew after all */
    assert_int_equal(41, up->sources[CAMERA]->ssrc);
}

/* What is known of a section is of no use for another one in its place. */
static void test_pause_for_good(void **state)
{
    (void)state;
    describe(true);
    come(VIDEO_PT, 31, 1, RID_ID, "h");
    pause_camera("another");
    come(VIDEO_PT, 31, 2, 0, "");
    assert_int_equal(1, count(COUNT_DROP_SSRC));
    assert_int_equal(0, up->sources[CAMERA]->ssrc);
    pause_camera("v"); /* refused, and offered anew, is what this looks like, too */
    come(VIDEO_PT, 31, 3, 0, "");
    assert_int_equal(2, count(COUNT_DROP_SSRC));
}

/* An SSRC that another track has taken meanwhile stays that one's. */
static void test_pause_and_another(void **state)
{
    struct negotiated *plan = make_plan(true);

    (void)state;
    describe(true);
    come(VIDEO_PT, 31, 1, RID_ID, "h");
    plan->sections[CAMERA].is_active = false;
    take_plan(plan);
    plan = make_plan(true);
    plan->sections[SCREEN].ssrc = 31;
    take_plan(plan);
    come(SCREEN_PT, 31, 2, 0, "");
    assert_int_equal(0, up->sources[CAMERA]->ssrc);
    assert_non_null(kept(CAMERA + 2, 2));
}

/* However often tracks come and go, what is kept of them is bounded, and the newest of it. */
static void test_memory(void **state)
{
    struct up_memory m = {0};
    struct up_memory_entry known;

    (void)state;
    for (unsigned i = 1; i <= 3 * TRACKS_MAX; i++)
        up_memory_keep(&m, i % 5, "h", i, 1000 + i);
    up_memory_keep(&m, 7, "l", 0, 0);
    assert_false(up_memory_take(&m, 7, "l", &known));
    for (unsigned section = 0; section < 5; section++) {
        unsigned n = 0;

        assert_false(up_memory_take(&m, section, "", &known));
        while (up_memory_take(&m, section, "h", &known)) {
            assert_true(known.ssrc > 2 * TRACKS_MAX && known.ssrc % 5 == section);
            assert_int_equal(1000 + known.ssrc, known.rtx_ssrc);
            n++;
        }
        assert_true(n >= TRACKS_MAX / 5);
    }
}

static void test_duplicates_and_repairs(void **state)
{
    (void)state;
    describe(false);
    come(VIDEO_PT, VIDEO_SSRC, 1, 0, "");
    come(VIDEO_PT, VIDEO_SSRC, 1, 0, "");
    assert_int_equal(1, count(COUNT_DROP_DUPLICATE));
    come(VIDEO_PT, VIDEO_SSRC, 3, 0, "");
    assert_string_equal("", feedback()); /* it may only be late */
    test_workers_pass(&side.room, 3 * LOSS_WAIT_US);
    assert_string_equal("nack 2|", feedback());
    come_again(900, 2);
    assert_non_null(kept(CAMERA, 2));
    assert_true(kept(CAMERA, 2)->is_repair);
    assert_int_equal(VIDEO_SSRC, kept(CAMERA, 2)->ssrc);
    test_workers_pass(&side.room, 10 * LOSS_RTT_UNKNOWN_US);
    assert_string_equal("", feedback());
    /* far from all that came: one is a stray, the second in a row a new numbering */
    come(VIDEO_PT, VIDEO_SSRC, 40000, 0, "");
    assert_int_equal(1, count(COUNT_DROP_STRAY));
    come(VIDEO_PT, VIDEO_SSRC, 40001, 0, "");
    assert_non_null(kept(CAMERA, 40001));
}

/* A publisher that begins anew under another SSRC: receivers see one numbering that jumps ahead,
 * and no clock until it is told again. Late packets of the old one do not throw it back. */
static void test_another_ssrc(void **state)
{
    uint64_t before;

    (void)state;
    describe(false);
    come(VIDEO_PT, VIDEO_SSRC, 100, 0, "");
    before = kept(CAMERA, 100)->ext_seq;
    router_set_time(track_at(CAMERA), &(struct track_time){true, 1, 1});
    come(VIDEO_PT, 2000, 5, MID_ID, "v");
    assert_int_equal(2000, up->sources[CAMERA]->ssrc);
    assert_true(kept(CAMERA, 5)->ext_seq > before + TRACK_RESTART_DISTANCE);
    assert_false(track_at(CAMERA)->time.is_known);
    come(VIDEO_PT, VIDEO_SSRC, 101, MID_ID, "v");
    assert_int_equal(2000, up->sources[CAMERA]->ssrc);
    test_workers_pass(&side.room, 3000000); /* after silence it is back */
    come(VIDEO_PT, VIDEO_SSRC, 102, MID_ID, "v");
    assert_int_equal(VIDEO_SSRC, up->sources[CAMERA]->ssrc);
}

static void test_keyframe_wishes(void **state)
{
    (void)state;
    describe(false);
    assert_false(track_want_keyframe(track_at(SCREEN), false));
    assert_string_equal("", feedback()); /* nobody to ask: no SSRC yet */
    come(VIDEO_PT, VIDEO_SSRC, 1, 0, "");
    come(SCREEN_PT, 77, 1, 0, "");
    assert_false(track_want_keyframe(track_at(CAMERA), false));
    assert_string_equal("pli|", feedback());
    for (unsigned i = 0; i < 10; i++)
        test_workers_pass(&side.room, 1000000);
    (void)feedback();
    assert_false(track_want_keyframe(track_at(SCREEN), false));
    assert_string_equal("fir|", feedback());
}

/* What a receiver can take is told at once when it is less, but not at each report. */
static void test_limits(void **state)
{
    static struct recorder a;

    (void)state;
    describe(false);
    come(VIDEO_PT, VIDEO_SSRC, 1, 0, "");
    recorder_init(&a);
    router_subscribe(worker(), &a.sub, &(struct track_address){101, 0, CODEC_VP8});
    (void)feedback();
    assert_false(up_connection_tick(up, true));
    (void)feedback();
    test_workers_pass(&side.room, 500000);
    (void)feedback();
    subscription_limit(&a.sub, 300000);
    assert_non_null(strstr(feedback(), "remb"));
    subscription_limit(&a.sub, 200000);
    assert_string_equal("", feedback()); /* within 200 ms */
    test_workers_pass(&side.room, 300000);
    (void)feedback();
    subscription_limit(&a.sub, 200000);
    assert_non_null(strstr(feedback(), "remb"));
    router_unsubscribe(&a.sub);
}

/* What the publisher may send in all has its sound in it, and what packets are wrapped into. */
static void test_limit_with_sound(void **state)
{
    static struct recorder a, b;
    int32_t alone_bps;

    (void)state;
    describe(false);
    come(VIDEO_PT, VIDEO_SSRC, 1, 0, "");
    recorder_init(&a);
    router_subscribe(worker(), &a.sub, &(struct track_address){101, 0, CODEC_VP8});
    subscription_limit(&a.sub, 300000);
    recorder_init(&b);
    router_subscribe(worker(), &b.sub, &(struct track_address){102, 0, CODEC_VP8});
    subscription_limit(&b.sub, 200000);
    assert_false(up_connection_tick(up, true));
    alone_bps = atomic_load(&side.stats->max_bitrate_bps);
    assert_in_range(alone_bps, 500000, 500000 * 17 / 16);
    for (uint16_t i = 0; i < 50; i++) {
        come(SOUND_PT, SOUND_SSRC, i, 0, "");
        test_workers_pass(&side.room, 20000);
    }
    assert_false(up_connection_tick(up, true));
    /* 50 packets a second: ten bytes, RTP's header, IPv4, UDP and a tag each */
    assert_in_range(atomic_load(&side.stats->max_bitrate_bps) - alone_bps,
                    50 * 8 * (10 + 12 + 38) - 1000, 50 * 8 * (10 + 12 + 38) + 1000);
    router_unsubscribe(&a.sub);
    router_unsubscribe(&b.sub);
}

/* A rid of which all receivers have room for a part takes that part, while nothing is received
 * above it, and receivers hear of it; not one that somebody has room for. */
static void test_rid_that_shrinks(void **state)
{
    static struct recorder a, b;
    const struct track_stats *h = &side.stats->tracks[CAMERA];

    (void)state;
    describe(true);
    recorder_init(&a);
    recorder_init(&b);
    atomic_store(&side.stats->tracks[CAMERA].known_bps, 1500000);
    subscription_limit(&a.sub, 700000);
    track_subscribe(track_at(CAMERA), &a.sub, false);
    up_connection_tick(up, true);
    assert_int_equal(700000, atomic_load(&h->expected_bps));
    assert_int_equal(RID_CAN_SHRINK | RID_IS_SHRUNK, atomic_load(&h->rid_state));
    subscription_limit(&b.sub, 900000);
    track_subscribe(track_at(CAMERA), &b.sub, false);
    test_workers_pass(&side.room, 1000000);
    up_connection_tick(up, true);
    assert_int_equal(900000, atomic_load(&h->expected_bps)); /* the wider line */
    test_workers_pass(&side.room, 500000);
    subscription_limit(&a.sub, 600000); /* the narrower one says nothing new */
    assert_true(up->report.told_us < worker()->now_us);
    test_workers_pass(&side.room, 250000);
    subscription_limit(&b.sub, 800000);
    assert_int_equal(worker()->now_us, up->report.told_us);
    assert_int_equal(800000, atomic_load(&h->expected_bps));
    /* room for all of it, and more: that is not less than it takes */
    subscription_limit(&b.sub, 2000000);
    for (unsigned second = 0; second < 4; second++) { /* what is told rises slowly */
        test_workers_pass(&side.room, 1000000);
        up_connection_tick(up, true);
    }
    assert_int_equal(RID_CAN_SHRINK, atomic_load(&h->rid_state));
    subscription_limit(&b.sub, TOLD_RATE_UNKNOWN);
    test_workers_pass(&side.room, 1000000);
    up_connection_tick(up, true);
    assert_int_equal(0, atomic_load(&h->expected_bps));
    assert_int_equal(RID_CAN_SHRINK, atomic_load(&h->rid_state));
    /* the last rid serves those who have less */
    assert_int_equal(0, atomic_load(&side.stats->tracks[CAMERA + 1].rid_state));
    track_unsubscribe(&a.sub);
    track_unsubscribe(&b.sub);
    worker()->now_us += DEMAND_LINGER_US + 1;
    up_connection_tick(up, true);
    assert_true(atomic_load(&h->rid_state) & RID_IS_IDLE);
}

/* What a publisher sends below a rid that shrinks is served before it, though nobody receives it:
 * what is told has room for both. */
static void test_rid_that_shrinks_above_another(void **state)
{
    static struct recorder a, b;
    struct negotiated *plan = make_plan(true);
    struct up_section *camera = &plan->sections[CAMERA];
    struct rate_meter *middle;
    int64_t alone_bps;

    (void)state;
    camera->n_rids = 3;
    camera->rids[2] = camera->rids[1];
    snprintf(camera->rids[1].id, sizeof camera->rids[1].id, "m");
    take_plan(plan);
    come(VIDEO_PT, 50, 1, RID_ID, "h");
    middle = &up->sources[CAMERA + 1]->reception.rate;
    recorder_init(&a);
    recorder_init(&b);
    subscription_limit(&a.sub, 700000);
    track_subscribe(track_at(CAMERA), &a.sub, false);
    track_subscribe(track_at(CAMERA + 2), &b.sub, false);
    worker()->now_us += DEMAND_LINGER_US + 1;
    up_connection_tick(up, true);
    alone_bps = atomic_load(&side.stats->max_bitrate_bps);
    for (unsigned second = 0; second < 2; second++) {
        worker()->now_us += 1000000;
        middle->rate_bps = second ? 0 : 480000; /* it stops: no room is kept for it */
        middle->is_running = false;
        up_connection_tick(up, true);
        assert_false(track_is_received(track_at(CAMERA + 1)));
        assert_in_range(atomic_load(&side.stats->max_bitrate_bps) - alone_bps, second ? 0 : 480000,
                        second ? 0 : 481000);
    }
    track_unsubscribe(&a.sub);
    track_unsubscribe(&b.sub);
}

/* A rid of which much is missing, second after second, is left alone for a while, and then for
 * longer. The last one never: there is nothing else. */
static void test_rid_that_breaks(void **state)
{
    static const struct {
        const char *rid;
        unsigned step; /* of the sequence numbers that come */
        unsigned n;    /* packets a second */
        bool is_repaired, has_low, breaks;
    } rows[] = {{"h", 1, 20, false, true, false}, {"h", 2, 20, false, true, true},
                {"h", 2, 20, true, true, false},  {"h", 2, 20, false, false, false},
                {"h", 2, 5, false, true, false},  {"l", 2, 20, false, true, false}};
    static uint16_t seq = 1000; /* no row's packets are another one's */

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        uint32_t ssrc = rows[i].rid[0] == 'h' ? 60 : 61;
        size_t source = rows[i].rid[0] == 'h' ? CAMERA : CAMERA + 1;
        const atomic_int_least32_t *rid_state = &side.stats->tracks[source].rid_state;

        describe(true);
        up->sources[source]->broken_us = up->sources[source]->n_losing = 0;
        come(VIDEO_PT, ssrc, seq, RID_ID, rows[i].rid);
        up_connection_tick(up, true);
        for (unsigned second = 0; second < 4; second++) {
            if ((rows[i].breaks && second > 1) != !!(atomic_load(rid_state) & RID_IS_BROKEN))
                fail_msg("row %zu, second %u", i, second);
            for (unsigned n = 0; n < rows[i].n; n++) {
                seq = (uint16_t)(seq + rows[i].step);
                come(VIDEO_PT, ssrc, seq, 0, "");
                test_workers_pass(&side.room, 1000000 / rows[i].n);
                if (rows[i].is_repaired && n > 1) /* it was asked for meanwhile */
                    come(VIDEO_PT, ssrc, (uint16_t)(seq - 3), 0, "");
            }
            up->sources[CAMERA + 1]->reception.rate.rate_bps = rows[i].has_low ? 100000 : 0;
            up->sources[CAMERA + 1]->reception.rate.is_running = false;
            up_connection_tick(up, true);
        }
        if (!rows[i].breaks)
            continue;
        assert_int_equal(0, up->sources[source]->told.bps);
        worker()->now_us += 9000000;
        up_connection_tick(up, true);
        assert_false(atomic_load(rid_state) & RID_IS_BROKEN);
        assert_int_equal(1, up->sources[source]->n_broken);
    }
}

/* A publisher that does not do as it is told is believed what it sends, and told again later. */
static void test_rid_that_does_not_shrink(void **state)
{
    static const struct {
        unsigned second;
        int64_t expected_bps, rid_state;
    } rows[] = {
        {0, 200000, RID_CAN_SHRINK | RID_IS_SHRUNK},
        {2, 200000, RID_CAN_SHRINK | RID_IS_SHRUNK},
        {3, 0, RID_CAN_SHRINK | RID_IS_SHRUNK},
        {6, 0, RID_IS_SHRUNK},
        {7, 0, 0},
        {35, 0, 0},
        {36, 200000, RID_CAN_SHRINK | RID_IS_SHRUNK},
        {43, 0, 0},
        {101, 0, 0}, /* twice as long */
        {103, 200000, RID_CAN_SHRINK | RID_IS_SHRUNK},
    };
    static struct recorder a;
    const struct track_stats *h = &side.stats->tracks[CAMERA];

    (void)state;
    describe(true);
    recorder_init(&a);
    atomic_store(&side.stats->tracks[CAMERA].known_bps, 500000);
    subscription_limit(&a.sub, 200000);
    track_subscribe(track_at(CAMERA), &a.sub, false);
    for (unsigned second = 0, row = 0; row < LENGTH(rows); second++) {
        up->sources[CAMERA]->reception.rate.rate_bps = 500000; /* as if it went on */
        up->sources[CAMERA]->reception.rate.is_running = false;
        up_connection_tick(up, true);
        if (second == rows[row].second) {
            assert_int_equal(rows[row].expected_bps, atomic_load(&h->expected_bps));
            assert_int_equal(rows[row].rid_state, atomic_load(&h->rid_state));
            row++;
        }
        worker()->now_us += 1000000;
    }
    track_unsubscribe(&a.sub);
}

/* The publisher hears which of its tracks nobody receives, and at once when one is received again.
 */
static void test_demand(void **state)
{
    struct recorder receiver;

    (void)state;
    recorder_init(&receiver);
    n_demands = 0;
    describe(true);
    assert_int_equal(0xf, up->demand.told);
    track_subscribe(track_at(CAMERA), &receiver.sub, false);
    worker()->now_us += DEMAND_LINGER_US + 1;
    up_connection_tick(up, false);
    assert_int_equal(3 << CAMERA, up->demand.told); /* the last rid goes with the others */
    assert_int_equal(2, n_demands);
    track_unsubscribe(&receiver.sub);
    track_subscribe(track_at(CAMERA + 1), &receiver.sub, false);
    worker()->now_us += DEMAND_LINGER_US + 1;
    up_connection_tick(up, false);
    assert_int_equal(2 << CAMERA, up->demand.told);
    assert_int_equal(3, n_demands);
    track_unsubscribe(&receiver.sub);
    track_subscribe(track_at(CAMERA), &receiver.sub, false); /* said at once */
    assert_int_equal(3 << CAMERA, up->demand.told);
    assert_int_equal(4, n_demands);
    track_unsubscribe(&receiver.sub);
    worker()->now_us += DEMAND_LINGER_US + 1;
    up_connection_tick(up, false);
    assert_int_equal(0, up->demand.told);
}

/* Each packet is told, also those that count as nothing else; not before it is time. */
static void test_transport_feedback(void **state)
{
    (void)state;
    has_transport_cc = true;
    describe(false);
    transport_cc_id = TRANSPORT_CC_ID;
    transport_cc = 65534;
    come(VIDEO_PT, VIDEO_SSRC, 1, 0, "");
    test_workers_pass(&side.room, 20000);
    come(VIDEO_PT, VIDEO_SSRC, 1, 0, "");
    come_again(900, 1);
    transport_cc++;
    come(VIDEO_PT, 999, 1, MID_ID, "nobody");
    assert_string_equal("", feedback());
    test_workers_pass(&side.room, UP_FEEDBACK_US);
    assert_string_equal("65534@0 65535@20 0@20 1- 2@20 ", feedback());
    assert_int_equal(1, count(COUNT_EXTRA_KNOWN));
    test_workers_pass(&side.room, 10 * UP_FEEDBACK_US);
    assert_string_equal("", feedback());
    come(VIDEO_PT, VIDEO_SSRC, 3, 0, "");
    test_workers_pass(&side.room, UP_FEEDBACK_SLOW_US + TIMER_WHEEL_TICK_US);
    assert_non_null(strstr(feedback(), "3@0 "));
}

/* Messages come often where much is sent, and are a small part of what little there is. */
static void test_transport_feedback_rate(void **state)
{
    static const struct {
        const char *name;
        unsigned n_packets;   /* every 20 ms, of 30 bytes */
        uint64_t least, most; /* messages in two seconds */
    } rows[] = {
        {"12 kbit/s: every 250 ms", 1, 6, 8},
        {"84 kbit/s: every 190 ms", 7, 9, 11},
        {"480 kbit/s: every 100 ms", 40, 15, 20},
        {"1,080 kbit/s: every 50 ms", 90, 24, 40},
    };

    (void)state;
    has_transport_cc = true;
    describe(false);
    transport_cc_id = TRANSPORT_CC_ID;
    transport_cc = 0;
    for (size_t i = 0, seq = 1; i < LENGTH(rows); i++) {
        uint64_t before = 0;

        for (unsigned turn = 0; turn < 150; turn++) {
            if (turn == 50) /* the rate of before is forgotten */
                before = count(COUNT_RTCP_OUT);
            for (unsigned n = 0; n < rows[i].n_packets; n++)
                come(VIDEO_PT, VIDEO_SSRC, (uint16_t)seq++, 0, "");
            test_workers_pass(&side.room, 20000);
            (void)feedback();
        }
        uint64_t n = count(COUNT_RTCP_OUT) - before;

        if (n < rows[i].least || n > rows[i].most)
            fail_msg("%s: %llu messages", rows[i].name, (unsigned long long)n);
    }
}

/* What such a publisher is told of its receivers does not begin low: it knows its own line. */
static void test_start_rate(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        has_transport_cc = i;
        describe(false);
        come(VIDEO_PT, VIDEO_SSRC, (uint16_t)(1 + i), 0, "");
        (void)feedback();
        up->sources[CAMERA]->told = (struct told_rate){0};
        assert_false(up_connection_tick(up, true));
        assert_int_equal(i == 0, atomic_load(&side.stats->max_bitrate_bps) < TOLD_RATE_MAX_BPS);
    }
}

/* A description keeps tracks by id: what flows goes on, what it no longer has ends. */
static void test_descriptions(void **state)
{
    struct connection_update u = {.up = make_plan(false), .n_up = 1};
    struct track *sound;

    (void)state;
    describe(false);
    come(SOUND_PT, SOUND_SSRC, 1, 0, "");
    sound = track_at(SOUND);
    assert_int_equal(3, count(COUNT_TRACKS));
    u.up_targets[0] = (struct up_target){100, {SOUND, -1}};
    assert_int_equal(0, up_connection_update(up, &u));
    assert_ptr_equal(sound, track_at(SOUND));
    assert_non_null(kept(SOUND, 1));
    assert_int_equal(1, count(COUNT_TRACKS));
    come(VIDEO_PT, VIDEO_SSRC, 1, 0, "");
    assert_int_equal(1, count(COUNT_DROP_SSRC));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_whose_packet, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_rids, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_pause, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_pause_for_good, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_pause_and_another, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_memory, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_duplicates_and_repairs, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_another_ssrc, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_keyframe_wishes, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_limits, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_limit_with_sound, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_rid_that_shrinks, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_rid_that_shrinks_above_another, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_rid_that_breaks, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_rid_that_does_not_shrink, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_demand, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_transport_feedback, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_transport_feedback_rate, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_start_rate, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_descriptions, open_room, close_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
