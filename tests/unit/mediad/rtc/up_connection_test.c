/* Which track a publisher's packet is of, and what is asked of the publisher. */
#include "test_publisher.h"

static uint64_t count(enum worker_count what)
{
    return test_up_count(&side, what);
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
    struct packet_slot *slot = test_up_slot(&side);

    test_up_come(
        &side, slot,
        rtp_write_rtx(slot->data, DATAGRAM_MAX, &h, original, span_of(payload, sizeof payload)));
}

static struct packet *kept(unsigned track, uint16_t seq)
{
    return packet_cache_find(&track_at(track)->cache, seq);
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

/* Of what a publisher does not send again Chromium 156 and Firefox ESR 153 would ask for three
 * seconds before they ask for a keyframe: the server does when it gives up, and once. */
static void test_given_up(void **state)
{
    unsigned n_asked = 0, n_wished = 0;

    (void)state;
    describe(false);
    come(VIDEO_PT, VIDEO_SSRC, 1, 0, "");
    come(VIDEO_PT, VIDEO_SSRC, 3, 0, "");
    for (unsigned i = 0; i < 100; i++) {
        test_workers_pass(&side.room, 10000);
        const char *said = feedback();

        if (strcmp(said, "nack 2|") == 0) {
            n_asked++;
        } else if (strcmp(said, "pli|") == 0) {
            assert_int_equal(LOSS_TRIES_VIDEO, n_asked);
            n_wished++;
        } else {
            assert_string_equal("", said);
        }
    }
    assert_int_equal(LOSS_TRIES_VIDEO, n_asked);
    assert_int_equal(1, n_wished);
}

/* What is too much to be asked for at all is given up in the moment in which it is noticed. */
static void test_too_many_lost(void **state)
{
    (void)state;
    describe(false);
    come(VIDEO_PT, VIDEO_SSRC, 1, 0, "");
    come(VIDEO_PT, VIDEO_SSRC, 2 + LOSS_MISSING_MAX, 0, "");
    assert_string_equal("", feedback()); /* as many as may be missing */
    come(VIDEO_PT, VIDEO_SSRC, 4 + LOSS_MISSING_MAX, 0, "");
    assert_string_equal("pli|", feedback());
    test_workers_pass(&side.room, 3 * LOSS_WAIT_US);
    assert_string_equal("", feedback());
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

/* The last rate in what feedback() has. */
static unsigned long told_bps(const char *said)
{
    const char *last = NULL;

    for (const char *at = said; (at = strstr(at, "remb ")) != NULL; last = at)
        at += strlen("remb ");
    assert_non_null(last);
    return strtoul(last, NULL, 10);
}

/* Who wants a rid that was stopped is heard at once: before the call returns its publisher is asked
 * for a keyframe, has room for it, and is to be told that somebody receives it. */
static void test_stopped_rid_is_wanted(void **state)
{
    static struct recorder low, high;
    unsigned long before_bps;
    const char *said;

    (void)state;
    recorder_init(&low);
    recorder_init(&high);
    describe(true);
    come(VIDEO_PT, 31, 1, RID_ID, "h");
    come(VIDEO_PT, 32, 1, RID_ID, "l");
    track_subscribe(track_at(CAMERA + 1), &low.sub, false);
    worker()->now_us += DEMAND_LINGER_US + 1;
    (void)feedback();
    up_connection_tick(up, true);
    before_bps = told_bps(feedback());
    assert_false(demand_has(&up->demand, CAMERA));
    n_demands = 0;
    track_subscribe(track_at(CAMERA), &high.sub, false);
    said = feedback();
    assert_non_null(strstr(said, "pli|"));
    assert_true(told_bps(said) >= before_bps + 500000);
    assert_true(demand_has(&up->demand, CAMERA));
    assert_int_equal(1, n_demands);
    track_unsubscribe(&low.sub);
    track_unsubscribe(&high.sub);
}

static void come_keyframe(uint16_t seq)
{
    static const uint8_t payload[10] = {0x10, 0x00};
    struct rtp_out h = {.pt = VIDEO_PT, .ssrc = VIDEO_SSRC, .seq = seq, .rtp_ts = seq * 3000u};
    struct packet_slot *slot = test_up_slot(&side);

    test_up_come(&side, slot,
                 rtp_write_packet(slot->data, DATAGRAM_MAX, &h, span_of(payload, sizeof payload)));
}

/* Who joins has the last keyframe, or it is asked for, before the call returns. */
static void test_joiners(void **state)
{
    static struct recorder first, second;

    (void)state;
    recorder_init(&first);
    recorder_init(&second);
    describe(false);
    come(VIDEO_PT, VIDEO_SSRC, 1, 0, "");
    (void)feedback();
    track_subscribe(track_at(CAMERA), &first.sub, false);
    assert_recorded(&first, "");
    assert_string_equal("pli|", feedback());
    come_keyframe(2);
    come(VIDEO_PT, VIDEO_SSRC, 3, 0, "");
    track_subscribe(track_at(CAMERA), &second.sub, false);
    assert_recorded(&second, "replay 2 3|");
    assert_string_equal("", feedback());
    track_unsubscribe(&first.sub);
    track_unsubscribe(&second.sub);
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
        cmocka_unit_test_setup_teardown(test_given_up, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_too_many_lost, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_another_ssrc, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_keyframe_wishes, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_demand, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_stopped_rid_is_wanted, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_joiners, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_transport_feedback, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_transport_feedback_rate, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_descriptions, open_room, close_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
