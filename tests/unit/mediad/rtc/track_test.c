#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/mediad/rtc/test_workers.h"

static struct test_workers room;
static struct test_publisher publisher;
static struct track *track;

static int open_track(enum codec codec)
{
    test_workers_init(&room, 1);
    publisher = (struct test_publisher){0};
    track = track_new(&room.workers[0], 42, 0, codec, &test_publisher_ops, &publisher);
    return track ? 0 : -1;
}

static int open_video(void **state)
{
    (void)state;
    return open_track(CODEC_VP8);
}

static int open_audio(void **state)
{
    (void)state;
    return open_track(CODEC_OPUS);
}

static int close_track(void **state)
{
    (void)state;
    track_free(track);
    test_workers_release(&room);
    return 0;
}

static void push(uint16_t seq, bool is_keyframe)
{
    track_push(track, test_packet(&room.workers[0], seq, is_keyframe));
}

static void test_one_call_a_batch(void **state)
{
    static struct recorder a, b;

    (void)state;
    recorder_init(&a);
    recorder_init(&b);
    track_subscribe(track, &a.sub, false);
    track_subscribe(track, &b.sub, false);
    push(1, false);
    push(2, false);
    assert_recorded(&a, ""); /* not before the flush */
    track_flush_all(&room.workers[0]);
    assert_recorded(&a, "packets 1 2|");
    assert_recorded(&b, "packets 1 2|");
    track_flush_all(&room.workers[0]);
    assert_recorded(&a, "");
    /* a full batch does not wait */
    for (uint16_t i = 0; i < TRACK_PENDING_MAX; i++)
        push(3 + i, false);
    assert_int_equal(0, track->n_pending);
    assert_int_equal(0, publisher.n_crossed); /* no other worker has receivers */
}

static void test_duplicates_go_nowhere(void **state)
{
    static struct recorder a;

    (void)state;
    recorder_init(&a);
    track_subscribe(track, &a.sub, false);
    push(1, false);
    push(1, false);
    track_flush(track);
    assert_recorded(&a, "packets 1|");
    assert_int_equal(1, atomic_load(&room.workers[0].counts[COUNT_DROP_DUPLICATE]));
}

static void test_leaving_while_packets_are_handed_out(void **state)
{
    static struct recorder a, b;

    (void)state;
    recorder_init(&a);
    recorder_init(&b);
    track_subscribe(track, &a.sub, false);
    track_subscribe(track, &b.sub, false);
    a.leaves = &a;
    push(1, false);
    track_flush(track);
    push(2, false);
    track_flush(track);
    assert_recorded(&a, "packets 1|");
    assert_recorded(&b, "packets 1|packets 2|");
    assert_null(a.sub.track);
    track_unsubscribe(&a.sub); /* once more does nothing */
}

/* A joiner starts with the keyframe in the cache while that is young; what is pending comes with it
 * and not twice. */
static void test_start_from_the_cache(void **state)
{
    static struct recorder early, late, later;

    (void)state;
    recorder_init(&early);
    recorder_init(&late);
    recorder_init(&later);
    track_subscribe(track, &early.sub, false);
    assert_int_equal(1, publisher.n_keyframes); /* nothing to start from */
    push(1, false);
    push(2, true);
    push(3, false);
    track_subscribe(track, &late.sub, false);
    track_flush(track);
    assert_recorded(&early, "packets 1 2 3|");
    assert_recorded(&late, "replay 2 3|");
    for (uint16_t i = 0; i < PACKET_CACHE_REPLAY_MAX; i++)
        push(4 + i, false);
    track_flush(track);
    test_workers_pass(&room, 5000000);
    track_subscribe(track, &later.sub, false);
    assert_recorded(&later, ""); /* too old by now: a new one was asked for */
    assert_int_equal(2, publisher.n_keyframes);
}

/* A publisher that cannot be asked, or never answers: whoever joins gets the group from its
 * keyframe on, whatever its age. */
static void test_start_from_a_kept_group(void **state)
{
    static struct recorder early, late;
    unsigned n_asked;

    (void)state;
    track->keyframes.cannot_ask = true;
    recorder_init(&early);
    recorder_init(&late);
    track_subscribe(track, &early.sub, false);
    for (uint16_t i = 0; i < 300; i++) {
        push(i, i == 2);
        track_flush(track);
        test_workers_pass(&room, 30000);
        early.said[0] = '\0';
    }
    n_asked = publisher.n_keyframes;
    track_subscribe(track, &late.sub, false);
    assert_int_equal(0, strncmp(late.said, "replay 2 3 4 5 ", 15));
    assert_int_equal(298, packet_cache_since_keyframe(&track->cache));
    assert_true(publisher.n_keyframes > n_asked); /* it may have come to its senses */
}

static void test_sound_needs_no_keyframe(void **state)
{
    static struct recorder a;

    (void)state;
    recorder_init(&a);
    push(1, false);
    track_flush(track);
    track_subscribe(track, &a.sub, false);
    push(2, false);
    track_flush(track);
    assert_recorded(&a, "packets 2|");
    assert_int_equal(0, publisher.n_keyframes);
}

static void test_wishes_become_one(void **state)
{
    static struct recorder receivers[5];

    (void)state;
    for (unsigned i = 0; i < LENGTH(receivers); i++) {
        recorder_init(&receivers[i]);
        track_subscribe(track, &receivers[i].sub, false);
    }
    assert_int_equal(1, publisher.n_keyframes);
    test_workers_pass(&room, KEYFRAME_REPEAT_US + 100000);
    assert_int_equal(2, publisher.n_keyframes); /* none came: asked again */
    push(1, true);
    test_workers_pass(&room, 10 * KEYFRAME_REPEAT_US);
    assert_int_equal(2, publisher.n_keyframes);
}

static void test_clock(void **state)
{
    static struct recorder a;
    const struct track_time known = {true, 90000, 1000000};
    uint32_t rtp_ts;

    (void)state;
    recorder_init(&a);
    track_subscribe(track, &a.sub, false);
    a.said[0] = '\0';
    assert_false(track_rtp_at(track, 1000000, &rtp_ts));
    track_set_time(track, &known);
    track_set_time(track, &known);
    assert_recorded(&a, "clock|");
    assert_true(track_rtp_at(track, 2000000, &rtp_ts));
    assert_int_equal(180000, rtp_ts);
    track_set_time(track, &(struct track_time){0});
    track_set_time(track, &known);
    assert_recorded(&a, "clock|");
}

static void test_limits(void **state)
{
    static struct recorder a, b;

    (void)state;
    recorder_init(&a);
    recorder_init(&b);
    subscription_limit(&a.sub, 700000); /* before it subscribes: known from its first moment on */
    track_subscribe(track, &a.sub, false);
    track_subscribe(track, &b.sub, false);
    assert_int_equal(700000, track_limits(track).least_bps);
    assert_int_equal(TOLD_RATE_UNKNOWN, track_limits(track).most_bps); /* b can take all */
    subscription_limit(&a.sub, 800000);
    assert_int_equal(800000, publisher.limit_bps);
    subscription_limit(&b.sub, 300000);
    assert_int_equal(300000, track_limits(track).least_bps);
    assert_int_equal(800000, track_limits(track).most_bps);
    track_unsubscribe(&b.sub);
    assert_int_equal(800000, track_limits(track).least_bps);
    subscription_limit(&a.sub, TOLD_RATE_UNKNOWN);
    assert_int_equal(300000, publisher.limit_bps); /* nothing fell */
}

/* A publisher that counts anew: what was kept would hide the new numbers. */
static void test_new_numbering(void **state)
{
    static struct recorder a;

    (void)state;
    push(10, true);
    push(11, false);
    track_flush(track);
    struct packet *p = test_packet(&room.workers[0], 10, false);

    p->ext_seq += 2 * TRACK_RESTART_DISTANCE;
    track_push(track, p);
    recorder_init(&a);
    track_subscribe(track, &a.sub, false);
    assert_recorded(&a, ""); /* the keyframe of the old numbers is gone */
    assert_int_equal(1, publisher.n_keyframes);
    assert_ptr_equal(p, packet_cache_find(&track->cache, 10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_call_a_batch, open_video, close_track),
        cmocka_unit_test_setup_teardown(test_duplicates_go_nowhere, open_video, close_track),
        cmocka_unit_test_setup_teardown(test_leaving_while_packets_are_handed_out, open_video,
                                        close_track),
        cmocka_unit_test_setup_teardown(test_start_from_the_cache, open_video, close_track),
        cmocka_unit_test_setup_teardown(test_start_from_a_kept_group, open_video, close_track),
        cmocka_unit_test_setup_teardown(test_sound_needs_no_keyframe, open_audio, close_track),
        cmocka_unit_test_setup_teardown(test_wishes_become_one, open_video, close_track),
        cmocka_unit_test_setup_teardown(test_clock, open_video, close_track),
        cmocka_unit_test_setup_teardown(test_limits, open_video, close_track),
        cmocka_unit_test_setup_teardown(test_new_numbering, open_video, close_track),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
