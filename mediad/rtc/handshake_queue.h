/*
 * DTLS datagrams of handshakes that wait for their turn: a class that joins at once is worked off,
 * not turned away. Hosts take turns, so that nobody waits for all of another host's. Pure
 * bookkeeping of slots; a worker's own.
 */
#ifndef NEREID_MEDIAD_RTC_HANDSHAKE_QUEUE_H
#define NEREID_MEDIAD_RTC_HANDSHAKE_QUEUE_H

#include <stdbool.h>

#include "mediad/rtc/slab.h"

/** Datagrams that wait at once: of 500 connections that begin together, with room to repeat. */
#define HANDSHAKE_QUEUE_MAX 1024
/** Hosts are told apart by so many lanes; those that meet in one share their turns. */
#define HANDSHAKE_LANES 64

/** Zeroed is empty. */
struct handshake_queue {
    struct handshake_lane {
        struct packet_slot *first, *last; /* chained by slot->next, oldest first */
        unsigned n;
    } lanes[HANDSHAKE_LANES];
    unsigned next; /* whose turn it is */
    unsigned n;
};

/**
 * Let a datagram wait. Takes the slot over.
 * @param host net_address_host_hash() of its source
 * @return NULL, or when the queue is full the slot that gives way, which is the caller's: the
 * oldest of the fullest lane, which its sender repeats first
 */
struct packet_slot *handshake_queue_put(struct handshake_queue *q, uint32_t host,
                                        struct packet_slot *slot) MUST_USE;

/** The next one, hosts in turn; NULL when nothing waits. The slot is the caller's. */
struct packet_slot *handshake_queue_take(struct handshake_queue *q);

#endif
