#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/mediad/rtc/test_workers.h"

enum { HERE, THERE, ELSEWHERE };

static struct test_workers room;
static struct test_publisher publisher;
static struct track *track;
static const struct track_address address = {42, HERE, CODEC_VP8};

static int open_room(void **state)
{
    (void)state;
    test_workers_init(&room, 3);
    publisher = (struct test_publisher){0};
    track = track_new(&room.workers[HERE], 42, HERE, CODEC_VP8, &test_publisher_ops, &publisher);
    return track ? 0 : -1;
}

static int close_room(void **state)
{
    (void)state;
    if (track)
        track_free(track);
    test_workers_release(&room);
    return 0;
}

static struct track *mirror_on(unsigned worker)
{
    return fixed_table_find(&room.workers[worker].tracks, &address.id);
}

static void push(uint16_t seq, bool is_keyframe)
{
    track_push(track, test_packet(&room.workers[HERE], seq, is_keyframe));
    track_flush(track);
}

/* Who joins on another worker gets the group of a publisher that cannot be asked, and there it is
 * kept as well. */
static void test_a_kept_group_crosses(void **state)
{
    static struct recorder there, late;
    struct track *mirror;

    (void)state;
    track->keyframes.cannot_ask = true;
    recorder_init(&there);
    recorder_init(&late);
    for (uint16_t i = 0; i < 300; i++) {
        push(i, i == 2);
        test_workers_pass(&room, 30000);
    }
    router_subscribe(&room.workers[THERE], &there.sub, &address);
    test_workers_deliver(&room);
    mirror = mirror_on(THERE);
    assert_int_equal(298, packet_cache_since_keyframe(&mirror->cache));
    for (uint16_t i = 300; i < 400; i++) {
        push(i, false);
        test_workers_deliver(&room);
        test_workers_pass(&room, 30000);
    }
    router_subscribe(&room.workers[THERE], &late.sub, &address);
    assert_int_equal(0, strncmp(late.said, "replay 2 3 4 5 ", 15));
    assert_int_equal(398, packet_cache_since_keyframe(&mirror->cache));
    router_unsubscribe(&late.sub);
    router_unsubscribe(&there.sub);
    test_workers_deliver(&room);
}

/* A mirror per worker, whatever the number of its receivers; each gets each packet once. */
static void test_mirrors(void **state)
{
    static struct recorder here, there, also_there, elsewhere;

    (void)state;
    recorder_init(&here);
    recorder_init(&there);
    recorder_init(&also_there);
    recorder_init(&elsewhere);
    router_subscribe(&room.workers[HERE], &here.sub, &address);
    router_subscribe(&room.workers[THERE], &there.sub, &address);
    router_subscribe(&room.workers[THERE], &also_there.sub, &address);
    router_subscribe(&room.workers[ELSEWHERE], &elsewhere.sub, &address);
    assert_ptr_equal(track, mirror_on(HERE));
    test_workers_deliver(&room);
    push(1, true);
    push(2, false);
    test_workers_deliver(&room);
    assert_recorded(&here, "packets 1|packets 2|");
    assert_recorded(&there, "packets 1 2|");
    assert_recorded(&also_there, "packets 1 2|");
    assert_recorded(&elsewhere, "packets 1 2|");
    assert_int_equal(4, atomic_load(&room.workers[HERE].counts[COUNT_CROSSED_PACKETS]));
    router_unsubscribe(&there.sub);
    assert_non_null(mirror_on(THERE)); /* somebody is left */
    router_unsubscribe(&also_there.sub);
    assert_null(mirror_on(THERE));
    router_unsubscribe(&elsewhere.sub);
    test_workers_deliver(&room);
    assert_int_equal(0, track->mirrors);
    push(3, false);
    assert_int_equal(4, atomic_load(&room.workers[HERE].counts[COUNT_CROSSED_PACKETS]));
    router_unsubscribe(&here.sub);
}

/* A new mirror gets what a receiver on the publisher's worker would: the last keyframe, the clock,
 * the CNAME. */
static void test_what_a_mirror_starts_with(void **state)
{
    static struct recorder there;

    (void)state;
    push(1, true);
    push(2, false);
    router_set_time(track, &(struct track_time){true, 90000, 1000000});
    router_set_cname(track, span_str("camera"));
    recorder_init(&there);
    router_subscribe(&room.workers[THERE], &there.sub, &address);
    test_workers_deliver(&room);
    assert_recorded(&there, "clock|packets 1 2|");
    assert_true(span_eq_str(mirror_on(THERE)->cname, "camera"));
    /* later ones follow */
    router_set_cname(track, span_str("screen"));
    router_set_time(track, &(struct track_time){true, 180000, 2000000});
    test_workers_deliver(&room);
    assert_true(span_eq_str(mirror_on(THERE)->cname, "screen"));
    assert_int_equal(180000, mirror_on(THERE)->time.rtp_ts);
    router_unsubscribe(&there.sub);
}

static void test_wishes_and_limits_go_up(void **state)
{
    static struct recorder there, wide;

    (void)state;
    recorder_init(&there);
    router_subscribe(&room.workers[THERE], &there.sub, &address);
    test_workers_deliver(&room);
    assert_int_equal(1, publisher.n_keyframes);
    subscription_limit(&there.sub, 400000);
    test_workers_deliver(&room);
    assert_int_equal(400000, publisher.limit_bps);
    assert_int_equal(400000, track_limits(track).least_bps);
    assert_int_equal(400000, track_limits(track).most_bps);
    push(1, true);
    test_workers_deliver(&room);
    test_workers_pass(&room, 2000000);
    assert_false(track_want_keyframe(mirror_on(THERE), false));
    test_workers_deliver(&room);
    assert_int_equal(2, publisher.n_keyframes);
    /* of two there the one with the wider line is heard at once, too */
    recorder_init(&wide);
    subscription_limit(&wide.sub, 800000);
    router_subscribe(&room.workers[THERE], &wide.sub, &address);
    test_workers_pass(&room, 1100000);
    test_workers_deliver(&room);
    assert_int_equal(400000, track_limits(track).least_bps);
    assert_int_equal(800000, track_limits(track).most_bps);
    subscription_limit(&wide.sub, 600000);
    test_workers_deliver(&room);
    assert_int_equal(600000, track_limits(track).most_bps);
    router_unsubscribe(&wide.sub);
    /* what nobody says again is forgotten */
    router_unsubscribe(&there.sub);
    test_workers_deliver(&room);
    assert_int_equal(TOLD_RATE_UNKNOWN, track_limits(track).least_bps);
}

/* The publisher comes after its receiver, or its worker has not heard of it yet: asked again each
 * second. */
static void test_opening_before_the_publisher(void **state)
{
    static struct recorder there;

    (void)state;
    track_free(track);
    track = NULL;
    recorder_init(&there);
    router_subscribe(&room.workers[THERE], &there.sub, &address);
    test_workers_deliver(&room);
    track = track_new(&room.workers[HERE], 42, HERE, CODEC_VP8, &test_publisher_ops, &publisher);
    push(1, true);
    test_workers_deliver(&room);
    assert_recorded(&there, "");
    test_workers_pass(&room, 1100000);
    push(2, false);
    test_workers_deliver(&room);
    test_workers_deliver(&room);
    assert_recorded(&there, "packets 1 2|");
    /* the publisher ends: the mirror's wishes go nowhere, and nothing else happens */
    track_free(track);
    track = NULL;
    test_workers_pass(&room, 1100000);
    test_workers_deliver(&room);
    router_unsubscribe(&there.sub);
    test_workers_deliver(&room);
}

/* On the publisher's own worker there is nothing to open. */
static void test_no_publisher_here(void **state)
{
    static struct recorder here;
    const struct track_address gone = {43, HERE, CODEC_VP8};

    (void)state;
    recorder_init(&here);
    router_subscribe(&room.workers[HERE], &here.sub, &gone);
    assert_null(here.sub.track);
    assert_int_equal(0, test_workers_deliver(&room));
}

/* A worker that is behind: video is left out until its ring has room and a picture starts, and a
 * keyframe is asked for then. */
static void test_a_worker_that_lags(void **state)
{
    static struct recorder there;
    uint64_t dropped;

    (void)state;
    recorder_init(&there);
    router_subscribe(&room.workers[THERE], &there.sub, &address);
    test_workers_deliver(&room);
    push(1, true);
    for (unsigned i = 2; i < WORKER_RING_SIZE + 100; i++)
        push((uint16_t)i, false);
    dropped = atomic_load(&room.workers[HERE].counts[COUNT_DROP_RING]);
    assert_in_range(dropped, 100, 400);
    there.said[0] = '\0';
    test_workers_deliver(&room);
    there.said[0] = '\0';
    test_workers_pass(&room, 2000000);
    push(5000, false);
    test_workers_deliver(&room);
    assert_recorded(&there, "packets 5000|");
    assert_int_equal(dropped, atomic_load(&room.workers[HERE].counts[COUNT_DROP_RING]));
    assert_int_equal(2, publisher.n_keyframes);
    router_unsubscribe(&there.sub);
    test_workers_deliver(&room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_kept_group_crosses, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_mirrors, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_what_a_mirror_starts_with, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_wishes_and_limits_go_up, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_opening_before_the_publisher, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_no_publisher_here, open_room, close_room),
        cmocka_unit_test_setup_teardown(test_a_worker_that_lags, open_room, close_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
