/*
 * A client that receives one video in one to four rids over a line that grows and shrinks, beside
 * what is measured of those rids. Include it once: it keeps all of that at hand.
 */
#ifndef NEREID_TESTS_UNIT_MEDIAD_RTC_TEST_DOWNLINK_H
#define NEREID_TESTS_UNIT_MEDIAD_RTC_TEST_DOWNLINK_H

#include "tests/unit/mediad/rtc/test_receivers.h"

static struct track *sources[NEGOTIATE_RIDS_MAX];
static struct receiver receiver;
static struct down_connection *down; /* its */

/* What describe() says of the video. */
static struct down_target target = {
    .codec = CODEC_VP8,
    .n_rids = 2,
    .rids = {{1, 0}, {2, 1}, {3, 2}, {4, 3}},
    .ssrc = 1000,
    .route = {.pt = 96},
    .mid = "0",
};
static struct allocate_wish wish = {.rank = ALLOCATE_NO_RANK};

static inline const struct down_track *video(void)
{
    return down_connection_video(down);
}

static inline void describe(void)
{
    receiver_describe(&receiver, &target, 1, &wish);
}

/* Nothing is measured and described yet. @return 0 or -1 */
static inline int open_downlink(void)
{
    if (open_publisher() < 0)
        return -1;
    for (unsigned i = 0; i < LENGTH(sources); i++) {
        sources[i] = track_new(worker(), target.rids[i].track_id, 0, target.codec,
                               &test_publisher_ops, &publisher);
        if (!sources[i])
            return -1;
    }
    if (receiver_open(&receiver, 7) < 0)
        return -1;
    down = receiver.down;
    return 0;
}

static inline void close_downlink(void)
{
    receiver_close(&receiver);
    for (unsigned i = 0; i < LENGTH(sources); i++)
        track_free(sources[i]);
    close_publisher();
}

static inline void push_packet(unsigned rid, struct packet *p)
{
    push_to(sources[rid], p);
}

/* A keyframe of a rid, in one packet. */
static inline void push(unsigned rid, uint16_t seq)
{
    push_packet(rid, test_packet(worker(), seq, true));
}

/* The receiver says so every half second, so many times. */
static inline void keep_estimated(int64_t bps, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        downlink_estimated(down, bps);
        pass(5);
    }
}

#endif
