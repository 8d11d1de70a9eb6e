/*
 * A peer connection on its worker: a transport, and above it either a publisher (up_connection.h)
 * or a receiver (down_connection.h). Its life, what a description changes, and which of its parts a
 * datagram is for. Made by the control thread, then the worker's alone.
 */
#ifndef NEREID_MEDIAD_RTC_PEER_CONNECTION_H
#define NEREID_MEDIAD_RTC_PEER_CONNECTION_H

#include "mediad/rtc/client.h"
#include "mediad/rtc/connection.h"
#include "mediad/rtc/peer_transport.h"

struct up_connection;
struct down_connection;

struct peer_connection {
    struct peer_transport transport; /* first: a datagram's way goes through it */
    uint64_t id;
    uint64_t client_id;
    struct client_connection client; /* its place at its client */
    struct up_connection *up;        /* one of the two; owned */
    struct down_connection *down;    /* owned */
    struct worker *worker;           /* NULL until it started */
    struct connection_stats *stats;  /* one reference */
    struct timer tick_timer;         /* every 500 ms */
    unsigned n_ticks;
    uint32_t events;        /* bits of enum connection_event that wait for room in the ring */
    const char *why_failed; /* static; for the log, which the control thread writes */
    int64_t took_us;        /* to connect */
    size_t counted_bytes;   /* in COUNT_CONNECTION_BYTES */
};

/** Control thread. @param client_id the same for all connections of one client (client.h)
 * @param stats one reference is taken over @return NULL when out of memory */
struct peer_connection *peer_connection_new(uint64_t id, uint64_t client_id, bool is_up,
                                            struct connection_stats *stats);

/** Worker's thread from here on. Link it in. */
void peer_connection_start(struct worker *w, struct peer_connection *pc);
/** MAIL_MUTE. */
void peer_connection_mute(struct peer_connection *pc, bool is_muted);
/** MAIL_WISH came. */
void peer_connection_wish(struct peer_connection *pc, const struct mail *mail);
/** Takes over `u`. */
void peer_connection_update(struct peer_connection *pc, struct connection_update *u);
/** Also for one that never started. */
void peer_connection_free(struct peer_connection *pc);

/** Whose endpoint is this? It is what the tables of demux.h refer to. */
struct peer_connection *peer_connection_of(struct ice_endpoint *endpoint);

/** A datagram for this connection; whoever keeps the slot sets *slot to NULL. */
void peer_connection_stun(struct peer_connection *pc, struct packet_slot *slot);
void peer_connection_dtls(struct peer_connection *pc, struct packet_slot **slot);
void peer_connection_rtp(struct peer_connection *pc, struct packet_slot **slot);
void peer_connection_rtcp(struct peer_connection *pc, struct packet_slot *slot);

#endif
