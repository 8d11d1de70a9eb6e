/*
 * What a recording's queue gets of a publisher's tracks: which packets, from which rid, when
 * keyframes are asked for, and the clocks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mediad/rtc/record_tap.h"
#include "tests/unit/mediad/rtc/test_workers.h"

#define MS INT64_C(1000)
#define QUEUE_SIZE (64 * 1024)

enum { RIDS = 3, TAP = 99 };

static struct test_workers room;
static struct worker *worker;
static struct test_publisher publishers[RIDS];
static struct track *tracks[RIDS];
static struct record_queue *queue;
static uint16_t seqs[RIDS];

static void open_tracks(unsigned n, enum codec codec)
{
    test_workers_init(&room, 1);
    worker = &room.workers[0];
    for (unsigned i = 0; i < n; i++) {
        publishers[i] = (struct test_publisher){0};
        tracks[i] = track_new(worker, 10 + i, 0, codec, &test_publisher_ops, &publishers[i]);
        assert_non_null(tracks[i]);
        seqs[i] = (uint16_t)(1000 * i);
    }
    assert_int_equal(0, record_queue_new(&queue, QUEUE_SIZE));
}

static void close_tracks(unsigned n)
{
    record_tap_stop_all(worker);
    for (unsigned i = 0; i < n; i++)
        track_free(tracks[i]);
    record_queue_unref(queue);
    test_workers_release(&room);
}

static void tap(unsigned n_rids, enum codec codec)
{
    struct record_request request = {.id = TAP, .queue = queue, .n_sources = 1};

    request.sources[0] = (struct record_source){.codec = codec, .n_rids = (uint8_t)n_rids};
    for (unsigned i = 0; i < n_rids; i++)
        request.sources[0].track_ids[i] = 10 + i;
    record_tap_start(worker, record_tap_new(&request));
}

static void push(unsigned rid, bool is_keyframe)
{
    track_push(tracks[rid], test_packet(worker, ++seqs[rid], is_keyframe));
    track_flush_all(worker);
}

/* A packet of each of these rids every 50 ms, for so long. */
static void run(const char *rids, int64_t us)
{
    for (; us > 0; us -= 50 * MS) {
        for (const char *rid = rids; *rid; rid++)
            push((unsigned)(*rid - '0'), false);
        test_workers_pass(&room, 50 * MS);
    }
}

/* All that is in the queue: "1.3 " for the packet 3 of rid 1, "clock ", "end "; "/ " where another
 * source begins. */
static const char *taken(void)
{
    static char text[4096];
    struct record r;
    size_t len = 0;

    text[0] = '\0';
    for (int last = -1; record_queue_peek(queue, &r); record_queue_next(queue)) {
        unsigned seq = (unsigned)(r.ext_seq & 0xffff);

        if (last >= 0 && r.source != last)
            len += (size_t)snprintf(text + len, sizeof text - len, "/ ");
        last = r.source;
        if (r.kind == RECORD_PACKET)
            len +=
                (size_t)snprintf(text + len, sizeof text - len, "%u.%u ", seq / 1000, seq % 1000);
        else
            len += (size_t)snprintf(text + len, sizeof text - len, "%s ",
                                    r.kind == RECORD_CLOCK ? "clock" : "end");
        assert_true(len < sizeof text);
    }
    return text;
}

static void assert_taken(const char *want)
{
    assert_string_equal(want, taken());
}

static void forget_taken(void)
{
    struct record r;

    while (record_queue_peek(queue, &r))
        record_queue_next(queue);
}

/* ---- one track ---- */

static void test_packets_as_they_came(void **state)
{
    struct record r;

    (void)state;
    open_tracks(1, CODEC_OPUS);
    tap(1, CODEC_OPUS);
    struct packet *p = test_packet(worker, 7, false);

    memcpy(p->data + 12, "payload!", 8);
    p->rtp_ts = 4711;
    track_push(tracks[0], p);
    track_flush_all(worker);
    assert_true(record_queue_peek(queue, &r));
    assert_int_equal(r.kind, RECORD_PACKET);
    assert_int_equal(r.track, 0);
    assert_int_equal(r.ext_seq, 0x10007);
    assert_int_equal(r.rtp_ts, 4711);
    assert_int_equal(r.at_us, worker->now_us);
    assert_true(r.marker);
    assert_int_equal(r.payload.len, 8);
    assert_memory_equal(r.payload.data, "payload!", 8);
    record_queue_next(queue);
    assert_false(record_queue_peek(queue, &r));
    assert_int_equal(publishers[0].n_keyframes, 0);
    close_tracks(1);
}

/* A keyframe is asked for: what came before nobody knew would be recorded. */
static void test_begins_with_a_new_keyframe(void **state)
{
    (void)state;
    open_tracks(1, CODEC_VP8);
    push(0, true);
    push(0, false);
    tap(1, CODEC_VP8);
    assert_taken("");
    assert_int_equal(publishers[0].n_keyframes, 1);
    push(0, true);
    assert_taken("0.3 ");
    close_tracks(1);

    open_tracks(1, CODEC_VP8);
    push(0, false);
    tap(1, CODEC_VP8);
    assert_taken("");
    assert_int_equal(publishers[0].n_keyframes, 1);
    close_tracks(1);
}

/* Who cannot be asked for one is recorded from the last one on. */
static void test_begins_with_the_last_keyframe(void **state)
{
    (void)state;
    open_tracks(1, CODEC_VP8);
    tracks[0]->keyframes.cannot_ask = true;
    push(0, false);
    push(0, true);
    push(0, false);
    tap(1, CODEC_VP8);
    assert_taken("0.2 0.3 ");
    assert_int_equal(publishers[0].n_keyframes, 0);
    push(0, false);
    assert_taken("0.4 ");
    close_tracks(1);
}

/* The writer's wish is looked at with the next packets, and without any after 250 ms. */
static void test_wishes_for_keyframes(void **state)
{
    (void)state;
    open_tracks(1, CODEC_VP8);
    tap(1, CODEC_VP8);
    push(0, true);
    run("0", 1000 * MS);
    assert_int_equal(publishers[0].n_keyframes, 1);
    record_queue_want_keyframe(queue);
    push(0, false);
    assert_int_equal(publishers[0].n_keyframes, 2);
    push(0, true);
    run("0", 1000 * MS);
    record_queue_want_keyframe(queue);
    test_workers_pass(&room, RECORD_LOOK_US + 10 * MS);
    assert_int_equal(publishers[0].n_keyframes, 3);
    close_tracks(1);
}

/* A writer that stands still: what comes later is of no use before a keyframe. */
static void test_full_queue_asks_for_a_keyframe(void **state)
{
    (void)state;
    open_tracks(1, CODEC_VP8);
    push(0, true);
    tap(1, CODEC_VP8);
    for (int i = 0; i < QUEUE_SIZE / 16; i++)
        push(0, false);
    assert_true(record_queue_take_dropped(queue) > 0);
    unsigned n = publishers[0].n_keyframes;

    test_workers_pass(&room, 1000 * MS);
    forget_taken();
    test_workers_pass(&room, RECORD_LOOK_US + 10 * MS);
    assert_true(publishers[0].n_keyframes > n);
    close_tracks(1);
}

static void test_clocks(void **state)
{
    const struct track_time first = {true, 90000, 500 * MS}, second = {true, 180000, 1500 * MS};
    struct record r;

    (void)state;
    open_tracks(1, CODEC_OPUS);
    tap(1, CODEC_OPUS);
    push(0, false);
    assert_taken("0.1 ");
    router_set_time(tracks[0], &first);
    assert_true(record_queue_peek(queue, &r));
    assert_int_equal(r.rtp_ts, 90000);
    assert_int_equal(r.at_us, 500 * MS);
    assert_taken("clock ");
    test_workers_pass(&room, 1000 * MS);
    assert_taken(""); /* nothing new */
    router_set_time(tracks[0], &second);
    test_workers_pass(&room, RECORD_LOOK_US + 10 * MS);
    assert_taken("clock ");
    /* the publisher begins anew: no clock of before holds for its numbers */
    router_set_time(tracks[0], &(struct track_time){0});
    struct packet *p = test_packet(worker, 5, false);

    p->ext_seq += 0x20000;
    track_push(tracks[0], p);
    track_flush_all(worker);
    router_set_time(tracks[0], &second);
    push(0, false);
    assert_true(record_queue_peek(queue, &r));
    assert_int_equal(r.kind, RECORD_PACKET);
    assert_int_equal(r.source, 1);
    record_queue_next(queue);
    assert_true(record_queue_peek(queue, &r));
    assert_int_equal(r.kind, RECORD_CLOCK);
    assert_int_equal(r.source, 1);
    close_tracks(1);
}

static void test_ends(void **state)
{
    (void)state;
    open_tracks(1, CODEC_OPUS);
    tap(1, CODEC_OPUS);
    push(0, false);
    assert_true(track_is_received(tracks[0]));
    record_tap_stop(worker, TAP);
    record_tap_stop(worker, TAP);
    assert_false(track_is_received(tracks[0]));
    push(0, false);
    assert_taken("0.1 end ");
    close_tracks(1);

    /* the publisher goes first */
    open_tracks(1, CODEC_OPUS);
    tap(1, CODEC_OPUS);
    push(0, false);
    track_free(tracks[0]);
    test_workers_pass(&room, RECORD_LOOK_US + 10 * MS);
    assert_taken("0.1 end ");
    test_workers_pass(&room, RECORD_LOOK_US + 10 * MS);
    close_tracks(0);
}

/* When the writer has given up the publisher need not send any more. */
static void test_closed_queue(void **state)
{
    (void)state;
    open_tracks(1, CODEC_OPUS);
    tap(1, CODEC_OPUS);
    record_queue_close(queue);
    test_workers_pass(&room, RECORD_LOOK_US + 10 * MS);
    assert_false(track_is_received(tracks[0]));
    close_tracks(1);
}

/* A receiver's line is not the recording's. */
static void test_no_limit(void **state)
{
    (void)state;
    open_tracks(1, CODEC_VP8);
    tap(1, CODEC_VP8);
    assert_true(track_limits(tracks[0]).least_bps == TOLD_RATE_UNKNOWN);
    close_tracks(1);
}

/* ---- several rids ---- */

/* The best one that lives is recorded; the others are not received while it is. */
static void test_best_rid(void **state)
{
    (void)state;
    open_tracks(RIDS, CODEC_VP8);
    push(0, true);
    push(1, true);
    push(2, true);
    tap(RIDS, CODEC_VP8);
    push(1, true);
    push(0, true);
    push(0, false);
    push(2, true);
    assert_taken("0.2 0.3 ");
    run("012", 500 * MS);
    assert_true(track_is_received(tracks[0]));
    assert_false(track_is_received(tracks[1]));
    assert_false(track_is_received(tracks[2]));
    close_tracks(RIDS);
}

/* Nothing of the best one: the next takes over at its keyframe, which is asked for; and the best
 * again once it lives. */
static void test_stand_in(void **state)
{
    (void)state;
    open_tracks(RIDS, CODEC_VP8);
    run("012", 100 * MS);
    tap(RIDS, CODEC_VP8);
    push(2, true);
    push(1, true);
    push(0, true);
    run("012", 2500 * MS);
    forget_taken();
    unsigned n_of_next = publishers[1].n_keyframes;

    run("12", 1500 * MS);
    assert_taken("");
    assert_int_equal(publishers[1].n_keyframes, n_of_next);
    run("12", 1000 * MS);
    assert_taken("");
    assert_true(publishers[1].n_keyframes > n_of_next);
    assert_true(track_is_received(tracks[0])); /* so that it may come back */
    push(2, true);
    assert_taken("");
    seqs[1] = 1500;
    push(1, true);
    push(2, false);
    push(1, false);
    assert_taken("1.501 1.502 ");
    /* it lives again, and begins with a keyframe */
    seqs[0] = 700;
    unsigned n = publishers[0].n_keyframes;

    run("01", 500 * MS);
    assert_true(publishers[0].n_keyframes > n);
    forget_taken();
    push(0, true);
    push(1, false);
    push(0, false);
    assert_taken("0.711 0.712 ");
    run("01", 500 * MS);
    assert_false(track_is_received(tracks[1]));
    close_tracks(RIDS);
}

/* Only the last one is sent when the recording begins. */
static void test_begins_with_what_lives(void **state)
{
    struct record r;

    (void)state;
    open_tracks(RIDS, CODEC_VP8);
    push(2, false);
    tap(RIDS, CODEC_VP8);
    push(2, true);
    push(2, false);
    assert_true(record_queue_peek(queue, &r));
    assert_taken("2.2 2.3 ");
    assert_int_equal(r.source, 1);
    push(1, true);
    push(2, false);
    assert_taken("1.1 ");
    close_tracks(RIDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packets_as_they_came),
        cmocka_unit_test(test_begins_with_a_new_keyframe),
        cmocka_unit_test(test_begins_with_the_last_keyframe),
        cmocka_unit_test(test_wishes_for_keyframes),
        cmocka_unit_test(test_full_queue_asks_for_a_keyframe),
        cmocka_unit_test(test_clocks),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_closed_queue),
        cmocka_unit_test(test_no_limit),
        cmocka_unit_test(test_best_rid),
        cmocka_unit_test(test_stand_in),
        cmocka_unit_test(test_begins_with_what_lives),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
