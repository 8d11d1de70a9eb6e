/*
 * A peer connection on its worker: ICE, DTLS, SRTP, and above them either a publisher
 * (up_connection.h) or a receiver (down_connection.h). Made by the control thread, then the
 * worker's alone.
 */
#ifndef NEREID_MEDIAD_RTC_PEER_CONNECTION_H
#define NEREID_MEDIAD_RTC_PEER_CONNECTION_H

#include "mediad/rtc/client.h"
#include "mediad/rtc/connection.h"
#include "mediad/rtc/held_flight.h"
#include "mediad/rtc/secure_rtp.h"
#include "mediad/rtc/worker.h"

struct up_connection;
struct down_connection;

/** A first flight in several datagrams (RFC 6347 section 4.2.3), with room to be repeated. */
#define EARLY_MAX 4

struct peer_connection {
    uint64_t id;
    uint64_t client_id;
    bool is_up;
    struct connection_stats *stats; /* one reference */
    /* from here on the worker's; what a packet touches comes first */
    struct worker *worker;
    struct client_connection client; /* its place at its client */
    struct ice *ice;
    struct up_connection *up;
    struct down_connection *down;
    bool has_keys;
    struct secure_rtp rtp;
    struct dtls_transport *dtls; /* freed 60 s after the handshake */
    bool is_shaking;             /* the peer's first DTLS datagram was let in */
    bool is_connected;           /* CONNECTED was said and FAILED was not */
    bool is_failed;
    bool has_remote;
    struct remote_transport remote;
    int64_t started_us;
    int64_t keys_us;         /* when the handshake ended */
    struct timer tick_timer; /* every 500 ms */
    struct timer dtls_timer;
    struct held_flight held;       /* of the handshake, over what its address may have */
    struct slot *early[EARLY_MAX]; /* DTLS that came before the answer or the nomination */
    unsigned n_early;
    uint32_t events;        /* bits of enum connection_event that wait for room in the ring */
    const char *why_failed; /* static; for the log, which the control thread writes */
    int64_t took_us;        /* to connect */
    unsigned n_ticks;
    size_t counted_bytes; /* in COUNT_CONNECTION_BYTES */
};

/** Control thread. @param client_id the same for all connections of one client (client.h)
 * @param stats one reference is taken over @return NULL when out of memory */
struct peer_connection *peer_connection_new(uint64_t id, uint64_t client_id, bool is_up,
                                            struct connection_stats *stats);

/** Worker's thread from here on. Link it in. */
void peer_connection_start(struct worker *w, struct peer_connection *pc);
/** Takes over `u`. */
void peer_connection_update(struct peer_connection *pc, struct connection_update *u);
/** Also for one that never started. */
void peer_connection_free(struct peer_connection *pc);

/** A datagram for this connection; whoever keeps the slot sets *slot to NULL. */
void peer_connection_stun(struct peer_connection *pc, struct slot *slot);
void peer_connection_dtls(struct peer_connection *pc, struct slot **slot);
void peer_connection_rtp(struct peer_connection *pc, struct slot **slot);
void peer_connection_rtcp(struct peer_connection *pc, struct slot *slot);

/** Where to send, NULL while nothing may be sent. */
static inline const struct udp_path *peer_connection_path(const struct peer_connection *pc)
{
    return pc->has_keys ? pc->ice->ops->path(pc->ice) : NULL;
}
/** Protect an RTCP packet that was written into a slot of the worker's batch, and queue it. */
void peer_connection_send_rtcp(struct peer_connection *pc, uint8_t *slot, size_t len);
/** Say something to the control thread, now or when there is room. */
void peer_connection_event(struct peer_connection *pc, enum connection_event event);

#endif
