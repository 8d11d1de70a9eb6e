/* What a publisher is told that it may send, in all and of each rid. */
#include "test_publisher.h"

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

/* A page hears what its videos may take: falls at once, rises when they are worth it. */
static void test_page_limit(void **state)
{
    static const struct {
        int64_t limit_bps;
        bool is_told;
    } rows[] = {{400000, true}, {380000, false}, {370000, true}, {450000, false},
                {470000, true}, {440000, true},  {440000, false}};
    static struct recorder a, b;

    (void)state;
    describe(false);
    recorder_init(&a);
    recorder_init(&b);
    router_subscribe(worker(), &a.sub, &(struct track_address){101, 0, CODEC_VP8});
    router_subscribe(worker(), &b.sub, &(struct track_address){102, 0, CODEC_VP8});
    for (size_t i = 0; i < LENGTH(rows); i++) {
        n_limits = 0;
        subscription_limit(&a.sub, rows[i].limit_bps / 2);
        subscription_limit(&b.sub, rows[i].limit_bps / 2);
        test_workers_pass(&side.room, 1000000);
        up_connection_tick(up, true);
        if (n_limits != rows[i].is_told)
            fail_msg("row %zu: %u", i, n_limits);
    }
    router_unsubscribe(&a.sub);
    router_unsubscribe(&b.sub);
}

/* What is told does not follow what comes: Chromium 156 climbs size by size, and what it sends of a
 * small picture says nothing of what its receivers can take. */
static void test_limit_beyond_what_comes(void **state)
{
    static struct recorder a;

    (void)state;
    describe(false);
    recorder_init(&a);
    router_subscribe(worker(), &a.sub, &(struct track_address){101, 0, CODEC_VP8});
    subscription_limit(&a.sub, 200000);
    up_connection_tick(up, true);
    assert_int_equal(200000, up->sources[CAMERA]->told.bps);
    subscription_limit(&a.sub, TOLD_RATE_UNKNOWN);
    for (unsigned second = 0; second < 8; second++) {
        test_workers_pass(&side.room, 1000000);
        up->sources[CAMERA]->reception.rate.rate_bps = 180000;
        up->sources[CAMERA]->reception.rate.is_running = false;
        up_connection_tick(up, true);
    }
    assert_int_equal(TOLD_RATE_MAX_BPS, up->sources[CAMERA]->told.bps);
    router_unsubscribe(&a.sub);
}

/* One second of a video of which half is lost, or nothing. */
static void come_for_a_second(uint16_t *seq, bool is_lossy)
{
    for (unsigned n = 0; n < 20; n++) {
        *seq = (uint16_t)(*seq + (is_lossy ? 2 : 1));
        come(VIDEO_PT, VIDEO_SSRC, *seq, 0, "");
        test_workers_pass(&side.room, 1000000 / 20);
    }
    up->sources[CAMERA]->reception.rate.rate_bps = 400000;
    up->sources[CAMERA]->reception.rate.is_running = false;
    up_connection_tick(up, true);
}

/* And no more than its line carried, for a while. */
static void test_page_limit_of_a_line(void **state)
{
    static struct recorder a;
    uint16_t seq = 1;
    int64_t screen_bps;

    (void)state;
    describe(false);
    come(VIDEO_PT, VIDEO_SSRC, seq, 0, "");
    recorder_init(&a);
    router_subscribe(worker(), &a.sub, &(struct track_address){101, 0, CODEC_VP8});
    for (unsigned second = 0; second < 6; second++)
        come_for_a_second(&seq, false);
    screen_bps = up->sources[SCREEN]->told.bps;
    assert_int_equal(TOLD_RATE_MAX_BPS + screen_bps, up->report.page_bps);
    come_for_a_second(&seq, true);
    come_for_a_second(&seq, true);
    assert_int_equal(300000 + screen_bps, up->report.page_bps);
    for (unsigned second = 0; second < 9; second++)
        come_for_a_second(&seq, false);
    assert_int_equal(300000 + screen_bps, up->report.page_bps);
    for (unsigned second = 0; second < 8; second++)
        come_for_a_second(&seq, false);
    assert_in_range(up->report.page_bps, TOLD_RATE_MAX_BPS * 4 / 5, TOLD_RATE_MAX_BPS + screen_bps);
    assert_int_equal(TOLD_RATE_MAX_BPS, up->sources[CAMERA]->told.bps); /* RTCP says as before */
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

/* h, m and l */
static void describe_three_rids(void)
{
    struct negotiated *plan = make_plan(true);
    struct up_section *camera = &plan->sections[CAMERA];

    camera->n_rids = 3;
    camera->rids[2] = camera->rids[1];
    snprintf(camera->rids[1].id, sizeof camera->rids[1].id, "m");
    take_plan(plan);
}

/* What a publisher sends below a rid that shrinks is served before it, though nobody receives it:
 * what is told has room for both. */
static void test_rid_that_shrinks_above_another(void **state)
{
    static struct recorder a, b;
    struct rate_meter *middle;
    int64_t alone_bps;

    (void)state;
    describe_three_rids();
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

/* What the page of a client is told that does not follow RTCP: of a rid that shrinks what it may
 * take, and after two seconds of what is above it nothing. The lowest is as its page likes. */
static void test_page_limits_of_rids(void **state)
{
    static struct recorder a, b, c;
    const struct track_stats *rids = &side.stats->tracks[CAMERA];

    (void)state;
    describe_three_rids();
    recorder_init(&a);
    recorder_init(&b);
    recorder_init(&c);
    track_subscribe(track_at(CAMERA + 1), &a.sub, false);
    track_subscribe(track_at(CAMERA + 2), &b.sub, false);
    up->sources[CAMERA + 2]->peak_bps = 140000;
    up_connection_tick(up, true);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(-1, atomic_load(&rids[i].page_bps));
    n_limits = 0;
    subscription_limit(&a.sub, 230000);
    for (unsigned second = 0; second < 3; second++) {
        test_workers_pass(&side.room, 1000000);
        up_connection_tick(up, true);
        assert_int_equal(second < 1 ? -1 : 0, atomic_load(&rids[0].page_bps));
        assert_int_equal(230000, atomic_load(&rids[1].page_bps));
        assert_int_equal(-1, atomic_load(&rids[2].page_bps));
    }
    assert_true(n_limits > 0);
    n_limits = 0;
    subscription_limit(&a.sub, 250000); /* no news */
    test_workers_pass(&side.room, 1000000);
    up_connection_tick(up, true);
    assert_int_equal(0, n_limits);
    track_subscribe(track_at(CAMERA), &c.sub, false); /* somebody has room for all of it */
    for (unsigned second = 0; second < 8; second++) { /* what is told rises slowly */
        test_workers_pass(&side.room, 1000000);
        up_connection_tick(up, true);
        assert_int_equal(-1, atomic_load(&rids[0].page_bps));
    }
    assert_int_equal(-1, atomic_load(&rids[1].page_bps));
    track_unsubscribe(&a.sub);
    track_unsubscribe(&b.sub);
    track_unsubscribe(&c.sub);
}

/* A rid that was never sent, and is waited for, gets room to begin: its publisher had none for it
 * when it came. */
static void test_rid_that_was_never_sent(void **state)
{
    static struct recorder a;

    (void)state;
    describe_three_rids();
    recorder_init(&a);
    for (unsigned is_waited_for = 0; is_waited_for < 2; is_waited_for++) {
        if (is_waited_for)
            track_subscribe(track_at(CAMERA + 1), &a.sub, false);
        for (unsigned second = 0; second < 12; second++) {
            test_workers_pass(&side.room, 1000000);
            up_connection_tick(up, true);
        }
        assert_int_equal(is_waited_for ? TOLD_RATE_MAX_BPS : 0, up->sources[CAMERA + 1]->told.bps);
    }
    /* less than the one below takes is a beginning */
    for (unsigned has_begun = 0; has_begun < 2; has_begun++) {
        up->sources[CAMERA + 2]->peak_bps = 150000;
        for (unsigned second = 0; second < 8; second++) {
            test_workers_pass(&side.room, 1000000);
            up->sources[CAMERA + 1]->reception.rate.rate_bps = has_begun ? 480000 : 60000;
            up->sources[CAMERA + 1]->reception.rate.is_running = false;
            up_connection_tick(up, true);
        }
        assert_int_equal(has_begun ? 480000 * 9 / 8 : TOLD_RATE_MAX_BPS,
                         up->sources[CAMERA + 1]->told.bps);
    }
    track_unsubscribe(&a.sub);
}

/* A rid of which much is missing, second after second, is left alone for a while, and then for
 * longer. The last one never: there is nothing else. What is wanted above it and not sent is left
 * alone instead: it may be what fills the line. */
static void test_rid_that_breaks(void **state)
{
    static const struct {
        const char *rid;
        unsigned step;                     /* of the sequence numbers that come */
        unsigned n;                        /* packets a second */
        bool is_repaired, has_low, breaks; /* "h" */
        bool is_wanted;
    } rows[] = {{"h", 1, 20, false, true, false},      {"h", 2, 20, false, true, true},
                {"h", 2, 20, true, true, false},       {"h", 2, 20, false, false, false},
                {"h", 2, 5, false, true, false},       {"l", 2, 20, false, true, false},
                {"l", 2, 20, false, true, true, true}, {"l", 1, 20, false, true, false, true}};
    static struct recorder a;
    static uint16_t seq = 1000; /* no row's packets are another one's */

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        uint32_t ssrc = rows[i].rid[0] == 'h' ? 60 : 61;
        const atomic_int_least32_t *rid_state = &side.stats->tracks[CAMERA].rid_state;

        describe(true);
        up->sources[CAMERA]->broken_us = 0;
        up->sources[CAMERA]->n_broken = up->sources[CAMERA]->n_losing = 0;
        up->sources[CAMERA + 1]->n_losing = up->sources[CAMERA + 1]->n_crowded = 0;
        recorder_init(&a);
        if (rows[i].is_wanted)
            track_subscribe(track_at(CAMERA), &a.sub, false);
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
            assert_false(up_source_is_broken(up->sources[CAMERA + 1]));
        }
        if (rows[i].is_wanted)
            track_unsubscribe(&a.sub);
        if (!rows[i].breaks)
            continue;
        assert_int_equal(0, up->sources[CAMERA]->told.bps);
        worker()->now_us += 9000000;
        up_connection_tick(up, true);
        assert_false(atomic_load(rid_state) & RID_IS_BROKEN);
        assert_int_equal(1, up->sources[CAMERA]->n_broken);
    }
}

/* A publisher that does not do as it is told is believed what it sends, and told again later. */
static void check_that_does_not_shrink(uint64_t sent_bps)
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
        {102, 200000, RID_CAN_SHRINK | RID_IS_SHRUNK},
        {103, 0, RID_CAN_SHRINK | RID_IS_SHRUNK}, /* believed for a shorter time */
    };
    static struct recorder a;
    const struct track_stats *h = &side.stats->tracks[CAMERA];

    describe(true);
    recorder_init(&a);
    atomic_store(&side.stats->tracks[CAMERA].known_bps, 500000);
    subscription_limit(&a.sub, 200000);
    track_subscribe(track_at(CAMERA), &a.sub, false);
    for (unsigned second = 0, row = 0; row < LENGTH(rows); second++) {
        up->sources[CAMERA]->reception.rate.rate_bps = sent_bps;
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

static void test_rid_that_does_not_shrink(void **state)
{
    (void)state;
    check_that_does_not_shrink(500000); /* it goes on as before */
}

/* Firefox sends no large picture for so little, and would pad what it sends to that rate for good.
 */
static void test_rid_that_stays_silent(void **state)
{
    (void)state;
    check_that_does_not_shrink(0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_limits, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_page_limit, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_limit_beyond_what_comes, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_page_limit_of_a_line, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_limit_with_sound, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_rid_that_shrinks, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_rid_that_shrinks_above_another, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_rid_that_was_never_sent, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_rid_that_breaks, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_page_limits_of_rids, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_rid_that_does_not_shrink, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_rid_that_stays_silent, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_start_rate, open_room, close_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
