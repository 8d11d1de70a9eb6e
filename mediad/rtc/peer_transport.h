/*
 * The transport of a peer connection on its worker: ICE, the DTLS handshake, SRTP and the path
 * between them. Knows nothing of what is sent over it: datagrams come in by worker_loop.c through
 * peer_connection.c, and up_connection.c and down_connection.c send by it.
 */
#ifndef NEREID_MEDIAD_RTC_PEER_TRANSPORT_H
#define NEREID_MEDIAD_RTC_PEER_TRANSPORT_H

#include "mediad/rtc/held_flight.h"
#include "mediad/rtc/ice_endpoint.h"
#include "mediad/rtc/negotiate.h"
#include "mediad/rtc/secure_rtp.h"
#include "mediad/rtc/sent_history.h"

/** A first flight in several datagrams (RFC 6347 section 4.2.3), with room to be repeated. */
#define EARLY_MAX 4

/** What its owner is told; each may happen again after the other. */
struct peer_transport_events {
    /** There are a path and keys: media flows from now on. */
    void (*connected)(void *user, int64_t took_us);
    /** @param why static */
    void (*failed)(void *user, const char *why);
};

struct peer_transport {
    /* what a packet touches comes first */
    struct ice_endpoint endpoint;
    struct worker *worker;
    bool has_keys;
    struct secure_rtp rtp;
    struct sent_history sent;    /* on where the peer sends transport-wide feedback */
    struct dtls_transport *dtls; /* freed some time after the handshake */
    bool is_shaking;             /* the peer's first DTLS datagram was let in */
    bool is_connected;           /* connected() was said, and failed() was not since */
    bool is_failed;
    bool has_remote;
    struct remote_transport remote;
    int64_t started_us;
    int64_t keys_us; /* when the handshake ended */
    struct timer dtls_timer;
    struct held_flight held;              /* of the handshake, over what its address may have */
    struct packet_slot *early[EARLY_MAX]; /* DTLS that came before the answer or the nomination */
    unsigned n_early;
    const struct peer_transport_events *events;
    void *user;
};

/** @param connection its id @param user handed to the events @return 0, ERR_NO_MEMORY */
int peer_transport_init(struct peer_transport *t, struct worker *w, uint64_t connection,
                        const struct peer_transport_events *events, void *user) MUST_USE;
/** Ends the DTLS session, if there is one, with a close_notify. Zeroed: nothing to do. */
void peer_transport_release(struct peer_transport *t);
/** Memory it takes besides the struct. */
size_t peer_transport_size(const struct peer_transport *t);
/** Every 500 ms. */
void peer_transport_tick(struct peer_transport *t);

/** Our own credentials; those before stay valid until the peer uses these. @return 0, ERR_… */
int peer_transport_set_local(struct peer_transport *t,
                             const struct ice_credentials *local) MUST_USE;
/** The peer's description. Other fingerprints, or a failed handshake, begin a new handshake.
 * @param is_fresh the peer has 30 s from now on for its first check */
void peer_transport_set_remote(struct peer_transport *t, const struct remote_transport *remote,
                               bool is_fresh);
/** A description was worked off: what came too early may make sense now. */
void peer_transport_described(struct peer_transport *t);
/** It cannot go on. @param why static */
void peer_transport_fail(struct peer_transport *t, const char *why);

/** A datagram from the peer; whoever keeps the slot sets *slot to NULL. */
void peer_transport_stun(struct peer_transport *t, struct packet_slot *slot);
void peer_transport_dtls(struct peer_transport *t, struct packet_slot **slot);
/** SRTP or SRTCP: unprotected in place, the slot's len set. @return false: refused and counted */
bool peer_transport_open_rtp(struct peer_transport *t, struct packet_slot *slot) MUST_USE;
bool peer_transport_open_rtcp(struct peer_transport *t, struct packet_slot *slot) MUST_USE;

/** Where to send, NULL while nothing may be sent. */
static inline const struct send_path *peer_transport_path(const struct peer_transport *t)
{
    return t->has_keys ? t->endpoint.ice->ops->path(t->endpoint.ice) : NULL;
}
/** Queue a packet that was written into the next slot of the worker's batch; the flush protects it.
 * @param path   peer_transport_path()
 * @param stream what was sent under its SSRC
 * @return bytes that were queued, 0: none */
size_t peer_transport_send_rtp(struct peer_transport *t, const struct send_path *path,
                               struct secure_rtp_stream *stream, size_t len,
                               enum send_class send_class);
/** RTCP that was written into a slot of the worker's batch: protected at once, and queued. */
void peer_transport_send_rtcp(struct peer_transport *t, uint8_t *slot, size_t len);

#endif
