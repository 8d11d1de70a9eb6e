/*
 * A receiver of a video with two rids, on a worker with a transport of its own, and what it is
 * sent. Include it once, after cmocka: it keeps the receiver at hand.
 */
#ifndef NEREID_TESTS_UNIT_MEDIAD_RTC_TEST_RECEIVER_H
#define NEREID_TESTS_UNIT_MEDIAD_RTC_TEST_RECEIVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mediad/rtc/down_source.h"
#include "mediad/rtc/rtp.h"
#include "tests/unit/mediad/rtc/test_transport.h"
#include "tests/unit/mediad/rtc/test_workers.h"

#define HIGH UINT64_C(1)
#define LOW UINT64_C(2)
#define SSRC 1000
#define RTX_SSRC 1001

static struct test_workers room;
static struct test_publisher publisher;
static struct track *high, *low;
static struct peer_transport transport;
static struct down_track *receiver;

static inline struct worker *worker(void)
{
    return &room.workers[0];
}

static inline struct down_target target_of(uint64_t track)
{
    struct down_target target = {.codec = CODEC_VP8,
                                 .n_rids = 2,
                                 .rid = track == LOW,
                                 .rids = {{HIGH, 0}, {LOW, 1}},
                                 .ssrc = SSRC,
                                 .rtx_ssrc = RTX_SSRC,
                                 .mid = "0"};

    target.route.pt = 96;
    target.route.ext_ids[HEADER_EXT_MID] = 1;
    return target;
}

static inline int open_room(void **state)
{
    struct down_target target = target_of(HIGH);

    (void)state;
    if (test_transport_keys(&transport, NULL) < 0)
        return -1;
    test_workers_init(&room, 1);
    test_transport_attach(&transport, worker());
    publisher = (struct test_publisher){0};
    high = track_new(worker(), HIGH, 0, CODEC_VP8, &test_publisher_ops, &publisher);
    low = track_new(worker(), LOW, 0, CODEC_VP8, &test_publisher_ops, &publisher);
    if (!high || !low)
        return -1;
    receiver = down_track_new(&transport, &target);
    if (!receiver)
        return -1;
    down_source_subscribe(receiver);
    return 0;
}

static inline int close_room(void **state)
{
    (void)state;
    down_track_free(receiver);
    assert_true(list_is_empty(&high->subscribers) && list_is_empty(&low->subscribers));
    track_free(high);
    track_free(low);
    secure_rtp_release(&transport.rtp);
    test_workers_release(&room);
    return 0;
}

static inline void push_packet(struct track *t, struct packet *p)
{
    track_push(t, p);
    track_flush(t);
}

static inline void push(struct track *t, uint16_t seq, bool is_keyframe)
{
    push_packet(t, test_packet(worker(), seq, is_keyframe));
}

/* What is in the batch, which is emptied: RTP is plain until a flush. RTCP is left out.
 * @return packets */
static inline unsigned look(struct rtp_header *out, unsigned max)
{
    struct send_batch *b = &worker()->batch;
    unsigned n = 0;

    for (unsigned i = 0; i < b->n; i++) {
        if (b->items[i].send_class == SEND_CONTROL)
            continue;
        assert_true(n < max);
        assert_int_equal(0, rtp_parse(&out[n++], span_of(b->items[i].data, b->items[i].len)));
    }
    b->n = 0;
    b->n_jobs = 0;
    return n;
}

/* The one packet that left. */
static inline struct rtp_header look_at_one(void)
{
    struct rtp_header h[4];

    assert_int_equal(1, look(h, LENGTH(h)));
    return h[0];
}

static inline void assert_nothing_left(void)
{
    struct rtp_header h[4];

    assert_int_equal(0, look(h, LENGTH(h)));
}

#endif
