/*
 * A client that receives one video in one to four rids over a line that grows and shrinks, beside
 * what is measured of those rids. Include it once: it keeps all of that at hand.
 */
#ifndef NEREID_TESTS_UNIT_MEDIAD_RTC_TEST_DOWNLINK_H
#define NEREID_TESTS_UNIT_MEDIAD_RTC_TEST_DOWNLINK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "mediad/rtc/downlink.h"
#include "tests/unit/mediad/rtc/test_transport.h"
#include "tests/unit/mediad/rtc/test_workers.h"

static struct test_workers room;
static struct test_publisher publisher;
static struct track *sources[NEGOTIATE_RIDS_MAX];
static struct peer_transport transport;
static struct connection_stats *published, *stats;
static struct down_connection *down;
static struct client_connection place;
static unsigned n_told;

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

static inline struct worker *worker(void)
{
    return &room.workers[0];
}

static inline const struct down_track *video(void)
{
    return down_connection_video(down);
}

static inline void allocated(void *user)
{
    (void)user;
    n_told++;
}

static const struct down_connection_events events = {.allocated = allocated};

/* A rid without layers is measured. */
static inline void publish(unsigned rid, int64_t bps)
{
    struct track_stats *t = &published->tracks[rid];

    stats_store(&t->sent_bps[0][0], bps);
    stats_store(&t->bitrate_bps, bps);
    if (bps)
        stats_store(&t->known_bps, bps);
}

static inline void describe(void)
{
    struct connection_update u = {.has_down = true, .n_down = 1, .wish = wish};
    struct down_target targets[] = {target};

    u.down_targets = targets;
    u.published = connection_stats_ref(published);
    assert_int_equal(0, down_connection_update(down, &u));
    assert_null(u.published);
    down_connection_flow(down);
    downlink_update(down);
}

/* Nothing is measured and described yet. @return 0 or -1 */
static inline int open_downlink(void)
{
    if (test_transport_keys(&transport, NULL) < 0)
        return -1;
    test_workers_init(&room, 1);
    test_transport_attach(&transport, worker());
    for (unsigned i = 0; i < LENGTH(sources); i++) {
        sources[i] = track_new(worker(), target.rids[i].track_id, 0, target.codec,
                               &test_publisher_ops, &publisher);
        if (!sources[i])
            return -1;
    }
    published = connection_stats_new();
    stats = connection_stats_new();
    down = down_connection_new(stats);
    place = (struct client_connection){0};
    if (!published || !stats || !down || client_join(&place, &worker()->clients, 7) < 0)
        return -1;
    down_connection_start(down, &transport, &events, NULL);
    return downlink_join(down, &place) < 0 ? -1 : 0;
}

static inline void close_downlink(void)
{
    downlink_leave(down);
    assert_null(place.client->downlink);
    client_leave(&place);
    down_connection_free(down);
    connection_stats_unref(published);
    connection_stats_unref(stats);
    for (unsigned i = 0; i < LENGTH(sources); i++)
        track_free(sources[i]);
    secure_rtp_release(&transport.rtp);
    sent_history_release(&transport.sent);
    test_workers_release(&room);
}

static inline void pass(unsigned tenths)
{
    for (unsigned i = 0; i < tenths; i++)
        test_workers_pass(&room, 100000);
}

static inline void push_packet(unsigned rid, struct packet *p)
{
    track_push(sources[rid], p);
    track_flush(sources[rid]);
    worker()->batch.n = 0;
    worker()->batch.n_jobs = 0;
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
