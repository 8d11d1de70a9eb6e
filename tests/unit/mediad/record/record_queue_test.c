/* The queue between a media worker and the writer: order, its bound, what it drops first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "mediad/record/record_queue.h"

enum { SMALL = 64 * 1024, PACKETS = 300000, PAYLOAD_MAX = 1200 };

static bool put(struct record_queue *q, uint8_t kind, uint64_t number, size_t len, bool is_video,
                bool is_key)
{
    static const uint8_t bytes[PAYLOAD_MAX];
    struct record r = {
        .kind = kind, .ext_seq = number, .payload = span_of(bytes, len), .track = is_video};

    return record_queue_put(q, &r, is_video, is_key);
}

static void test_entries_come_out_as_they_went_in(void **state)
{
    struct record_queue *q;
    struct record out, in = {
                           .kind = RECORD_PACKET,
                           .track = 1,
                           .source = 2,
                           .marker = true,
                           .height = 720,
                           .rtp_ts = 0xfedcba98,
                           .ext_seq = 0x123456789a,
                           .at_us = 77,
                           .payload = span_of("picture", 7),
                       };

    (void)state;
    assert_int_equal(0, record_queue_new(&q, SMALL));
    assert_false(record_queue_peek(q, &out));
    assert_true(record_queue_put(q, &in, true, true));
    assert_true(record_queue_peek(q, &out));
    assert_true(record_queue_peek(q, &out)); /* as often as one likes */
    assert_true(span_eq(in.payload, out.payload));
    out.payload = in.payload;
    assert_int_equal(in.kind, out.kind);
    assert_int_equal(in.track, out.track);
    assert_int_equal(in.source, out.source);
    assert_true(out.marker);
    assert_int_equal(in.height, out.height);
    assert_int_equal(in.rtp_ts, out.rtp_ts);
    assert_int_equal(in.ext_seq, out.ext_seq);
    assert_int_equal(in.at_us, out.at_us);
    record_queue_next(q);
    assert_false(record_queue_peek(q, &out));
    record_queue_unref(q);
}

/* Pictures go first, up to a keyframe with room behind it; sound and the end find room. */
static void test_pictures_are_dropped_before_sound(void **state)
{
    struct record_queue *q;
    struct record out;
    unsigned n = 0, dropped = 0;

    (void)state;
    assert_int_equal(0, record_queue_new(&q, SMALL));
    while (put(q, RECORD_PACKET, n, 1000, true, false))
        n++;
    assert_in_range(n, SMALL / 1100 / 2, SMALL * 3 / 4 / 1000);
    assert_true(put(q, RECORD_PACKET, 1, 100, false, true));
    assert_false(put(q, RECORD_PACKET, 2, 100, true, false)); /* though it would fit */
    assert_false(put(q, RECORD_PACKET, 3, 100, true, true));  /* too little room for a picture */
    for (unsigned i = 0; i < n * 3 / 4; i++) {
        assert_true(record_queue_peek(q, &out));
        record_queue_next(q);
    }
    assert_false(put(q, RECORD_PACKET, 4, 100, true, false));
    assert_true(put(q, RECORD_PACKET, 5, 100, true, true));
    assert_true(put(q, RECORD_PACKET, 6, 100, true, false));
    assert_int_equal(4, record_queue_take_dropped(q));
    assert_int_equal(0, record_queue_take_dropped(q));
    while (put(q, RECORD_PACKET, 7, 100, false, true))
        ;
    assert_true(put(q, RECORD_CLOCK, 0, 0, false, false));
    assert_true(put(q, RECORD_END, 0, 0, false, false));
    while (record_queue_peek(q, &out)) {
        record_queue_next(q);
        dropped = out.kind;
    }
    assert_int_equal(RECORD_END, dropped);
    record_queue_unref(q);
}

static void test_wishes_and_the_end(void **state)
{
    struct record_queue *q;

    (void)state;
    assert_int_equal(0, record_queue_new(&q, SMALL));
    record_queue_ref(q);
    assert_false(record_queue_take_keyframe_wish(q));
    record_queue_want_keyframe(q);
    assert_true(record_queue_take_keyframe_wish(q));
    assert_false(record_queue_take_keyframe_wish(q));
    assert_false(record_queue_is_closed(q));
    record_queue_close(q);
    record_queue_unref(q);
    assert_true(record_queue_is_closed(q));
    record_queue_unref(q);
    record_queue_unref(NULL);
}

static long resident_pages(void)
{
    FILE *f = fopen("/proc/self/statm", "r");
    long all, resident;

    assert_non_null(f);
    assert_int_equal(2, fscanf(f, "%ld %ld", &all, &resident));
    fclose(f);
    return resident;
}

/* A reader that keeps up: of the 8 MiB little is ever touched. */
static void test_memory(void **state)
{
    struct record_queue *q;
    struct record out;
    long before;

    (void)state;
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
    skip(); /* which keep pages of their own for ours */
#endif
    assert_int_equal(0, record_queue_new(&q, 8 << 20));
    before = resident_pages();
    for (unsigned i = 0; i < 2000; i++) {
        for (unsigned k = 0; k < 20; k++)
            assert_true(put(q, RECORD_PACKET, k, 1100, true, true));
        while (record_queue_peek(q, &out))
            record_queue_next(q);
    }
    assert_true(resident_pages() - before < (2 << 20) / 4096);
    record_queue_unref(q);
}

/* Lengths and contents follow from the number. */
static size_t length_of(uint64_t number)
{
    return number * 7919 % PAYLOAD_MAX;
}

static void *produce(void *arg)
{
    struct record_queue *q = arg;
    uint8_t bytes[PAYLOAD_MAX];

    for (uint64_t i = 0; i < PACKETS; i++) {
        struct record r = {.ext_seq = i, .payload = span_of(bytes, length_of(i))};

        memset(bytes, (int)(i & 0xff), sizeof bytes);
        while (!record_queue_put(q, &r, false, false))
            sched_yield();
    }
    return NULL;
}

static void test_two_threads(void **state)
{
    struct record_queue *q;
    struct record r;
    pthread_t thread;

    (void)state;
    assert_int_equal(0, record_queue_new(&q, SMALL));
    assert_int_equal(0, pthread_create(&thread, NULL, produce, q));
    for (uint64_t i = 0; i < PACKETS;) {
        if (!record_queue_peek(q, &r)) {
            sched_yield();
            continue;
        }
        assert_int_equal(i, r.ext_seq);
        assert_int_equal(length_of(i), r.payload.len);
        for (size_t k = 0; k < r.payload.len; k += 97)
            assert_int_equal(i & 0xff, r.payload.data[k]);
        record_queue_next(q);
        i++;
    }
    assert_int_equal(0, pthread_join(thread, NULL));
    assert_false(record_queue_peek(q, &r));
    record_queue_unref(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries_come_out_as_they_went_in),
        cmocka_unit_test(test_pictures_are_dropped_before_sound),
        cmocka_unit_test(test_wishes_and_the_end),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_two_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
