/*
 * Connections that receive, of whichever clients, on one worker, and what their publisher's
 * connection says of its tracks. Include it once: it keeps the worker at hand.
 */
#ifndef NEREID_TESTS_UNIT_MEDIAD_RTC_TEST_RECEIVERS_H
#define NEREID_TESTS_UNIT_MEDIAD_RTC_TEST_RECEIVERS_H

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
static struct connection_stats *published;

static inline struct worker *worker(void)
{
    return &room.workers[0];
}

/* ---- the publisher ---- */

/* The worker, and nothing published yet. @return 0 or -1 */
static inline int open_publisher(void)
{
    if (secure_rtp_start(NULL) < 0)
        return -1;
    test_workers_init(&room, 1);
    published = connection_stats_new();
    return published ? 0 : -1;
}

/* After its receivers and its tracks. */
static inline void close_publisher(void)
{
    connection_stats_unref(published);
    test_workers_release(&room);
}

/* A rid without layers is measured. */
static inline void publish(unsigned rid, int64_t bps)
{
    struct track_stats *t = &published->tracks[rid];

    stats_store(&t->sent_bps[0][0], bps);
    stats_store(&t->bitrate_bps, bps);
    if (bps)
        stats_store(&t->known_bps, bps);
}

/* A keyframe in one packet with so much payload. */
static inline struct packet *large_packet(uint16_t seq, uint16_t bytes)
{
    struct packet *p = test_packet(worker(), seq, true);

    p->payload_len = bytes;
    p->len = (uint16_t)(p->payload_at + bytes);
    memset(p->data + p->payload_at, 0, bytes);
    return p;
}

/* What becomes of it leaves at once. */
static inline void push_to(struct track *t, struct packet *p)
{
    track_push(t, p);
    track_flush(t);
    worker()->batch.n = 0;
    worker()->batch.n_jobs = 0;
}

static inline void pass(unsigned tenths)
{
    for (unsigned i = 0; i < tenths; i++)
        test_workers_pass(&room, 100000);
}

/* ---- receivers ---- */

/* One connection, and its place at its client. */
struct receiver {
    struct peer_transport transport;
    struct connection_stats *stats;
    struct down_connection *down; /* NULL: closed */
    struct client_connection place;
    unsigned n_told;
};

static inline void receiver_allocated(void *user)
{
    ((struct receiver *)user)->n_told++;
}

static const struct down_connection_events receiver_events = {.allocated = receiver_allocated};

/* @return 0 or -1 */
static inline int receiver_open(struct receiver *r, uint64_t client_id)
{
    *r = (struct receiver){0};
    if (test_transport_keys(&r->transport, NULL) < 0)
        return -1;
    test_transport_attach(&r->transport, worker());
    r->stats = connection_stats_new();
    r->down = down_connection_new(r->stats);
    if (!r->stats || !r->down || client_join(&r->place, &worker()->clients, client_id) < 0)
        return -1;
    down_connection_start(r->down, &r->transport, &receiver_events, r);
    return downlink_join(r->down, &r->place) < 0 ? -1 : 0;
}

/* Closed already: nothing happens. */
static inline void receiver_close(struct receiver *r)
{
    if (!r->down)
        return;
    downlink_leave(r->down);
    client_leave(&r->place);
    down_connection_free(r->down);
    r->down = NULL;
    connection_stats_unref(r->stats);
    secure_rtp_release(&r->transport.rtp);
    sent_history_release(&r->transport.sent);
}

/* Its answer, and it is up. */
static inline void receiver_describe(struct receiver *r, const struct down_target *targets,
                                     unsigned n, const struct allocate_wish *wish)
{
    struct connection_update u = {.has_down = true, .n_down = n, .wish = *wish};
    struct down_target copies[TRACKS_MAX];

    assert_true(n <= LENGTH(copies));
    memcpy(copies, targets, n * sizeof *targets);
    u.down_targets = copies;
    u.published = connection_stats_ref(published);
    assert_int_equal(0, down_connection_update(r->down, &u));
    assert_null(u.published);
    down_connection_flow(r->down);
    downlink_update(r->down);
}

/* Transport-wide feedback on the last packets that were sent to it, one each 20 ms: they arrived
 * 50 ms later. @param lost bit i: the one with i before it did not */
static inline void receiver_feedback(struct receiver *r, uint16_t n, unsigned lost)
{
    uint16_t base = (uint16_t)(r->transport.sent.next - n), bits = 0;
    int64_t first_ms = worker()->now_us / 1000 - 20 * (n - 1) + 50, last_ms = first_ms / 64 * 64;
    uint8_t items[64];
    struct writer w = writer_init(items, sizeof items);

    assert_true(n <= 14);
    for (uint16_t i = 0; i < n; i++) {
        if (!(lost & 1u << i))
            bits |= (uint16_t)(1 << (13 - i));
    }
    writer_u16(&w, base);
    writer_u16(&w, n);
    writer_u32(&w, (uint32_t)(first_ms / 64) << 8);
    writer_u16(&w, 0x8000 | bits);
    for (uint16_t i = 0; i < n; i++) {
        int64_t at_ms = first_ms + 20 * i;

        if (!(bits & 1 << (13 - i)))
            continue;
        writer_u8(&w, (uint8_t)(4 * (at_ms - last_ms)));
        last_ms = at_ms;
    }
    assert_false(w.bad);
    downlink_feedback(
        r->down, &(struct rtcp_packet){.kind = RTCP_TRANSPORT_CC, .items = span_of(items, w.len)});
}

#endif
