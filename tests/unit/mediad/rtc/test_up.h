/*
 * A publisher's connection, with a transport and a worker of its own, and packets as they come to
 * it.
 */
#ifndef NEREID_TESTS_UNIT_MEDIAD_RTC_TEST_UP_H
#define NEREID_TESTS_UNIT_MEDIAD_RTC_TEST_UP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mediad/rtc/up_connection.h"
#include "tests/unit/mediad/rtc/test_transport.h"
#include "tests/unit/mediad/rtc/test_workers.h"

struct test_up {
    struct test_workers room;
    struct peer_transport transport;
    struct secure_rtp publisher; /* the other end, which has the same keys */
    struct connection_stats *stats;
    struct up_connection *connection;
};

/* @return 0 or -1 */
static inline int test_up_open(struct test_up *t, const struct up_connection_events *events,
                               void *user)
{
    if (test_transport_keys(&t->transport, &t->publisher) < 0)
        return -1;
    test_workers_init(&t->room, 1);
    test_transport_attach(&t->transport, &t->room.workers[0]);
    t->stats = connection_stats_new();
    t->connection = up_connection_new(t->stats);
    if (!t->stats || !t->connection)
        return -1;
    up_connection_start(t->connection, &t->transport, events, user);
    return 0;
}

static inline void test_up_close(struct test_up *t)
{
    up_connection_free(t->connection);
    connection_stats_unref(t->stats);
    secure_rtp_release(&t->transport.rtp);
    secure_rtp_release(&t->publisher);
    test_workers_release(&t->room);
}

/* For a packet to write. */
static inline struct packet_slot *test_up_slot(struct test_up *t)
{
    struct packet_slot *slot = slab_take(&t->room.workers[0].slab);

    assert_non_null(slot);
    return slot;
}

/* It comes, and goes on to whoever receives its track. */
static inline void test_up_come(struct test_up *t, struct packet_slot *slot, size_t len)
{
    struct worker *w = &t->room.workers[0];

    slot->len = (uint16_t)len;
    up_connection_rtp(t->connection, &slot);
    if (slot)
        slab_unref(&w->slab, &slot->packet);
    track_flush_all(w);
}

static inline uint64_t test_up_count(const struct test_up *t, enum worker_count what)
{
    return atomic_load(&t->room.workers[0].counts[what]);
}

#endif
