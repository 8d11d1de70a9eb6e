/*
 * DTLS 1.2 with use_srtp (RFC 5764) over datagrams that the caller moves: bytes in, bytes out
 * through a function, keys as the result. Proves the peer by the fingerprint of its certificate
 * (RFC 8122) before any key is handed out. Does not know addresses: the caller passes only
 * datagrams from addresses that were proven for this connection.
 */
#ifndef NEREID_MEDIAD_RTC_DTLS_TRANSPORT_H
#define NEREID_MEDIAD_RTC_DTLS_TRANSPORT_H

#include "common/error.h"
#include "common/span.h"
#include "mediad/rtc/sdp.h"
#include "mediad/rtc/secure_rtp_suite.h"

/** DTLS records are cut to this, which every path carries (as RFC 9000 section 14 assumes). */
#define DTLS_MTU 1200
/** A handshake that takes longer has failed. */
#define DTLS_HANDSHAKE_MAX_US INT64_C(30000000)
/** After this time, or when the peer's SRTP has come, the last flight can no longer be asked for,
 * and the session is freed. */
#define DTLS_LINGER_US INT64_C(60000000)

/** What a session takes while it lasts, nearly all of it GnuTLS's; measured. */
#define DTLS_SESSION_BYTES (20 * 1024)

struct dtls_identity;

/** Master keys, each with its salt behind it (RFC 5764 section 4.2). */
struct dtls_keys {
    const struct secure_rtp_suite *suite;  /* what the peers agreed on */
    uint8_t local[SECURE_RTP_MASTER_MAX];  /* for what we send */
    uint8_t remote[SECURE_RTP_MASTER_MAX]; /* for what we receive */
};

enum dtls_state {
    DTLS_HANDSHAKING,
    DTLS_CONNECTED,
    DTLS_FAILED, /* from here on it takes nothing more. For ever: wrong certificate, no SRTP
                    profile, an alert, 30 s */
    DTLS_CLOSED  /* the peer said close_notify */
};

struct dtls_transport;

/** Hands one datagram to the network; may drop it. */
typedef void dtls_send_fn(void *user, const void *datagram, size_t len);

/**
 * @param is_client      we start the handshake at the first dtls_transport_tick(): call it once
 * there is a path, since GnuTLS repeats a lost first flight a second later only
 * @param identity       borrowed until dtls_transport_free()
 * @param fingerprints   copied; the peer's certificate must match one
 * @return 0, ERR_NO_MEMORY, ERR_CRYPTO, ERR_INVALID (no fingerprint)
 */
int dtls_transport_new(struct dtls_transport **out, const struct dtls_identity *identity,
                       bool is_client, const struct sdp_fingerprint *fingerprints,
                       size_t n_fingerprints, dtls_send_fn *send, void *user,
                       int64_t now_us) MUST_USE;
/** Says nothing to the peer: dtls_transport_close() does. */
void dtls_transport_free(struct dtls_transport *t);

/** Work through one datagram; replies leave through the send function during the call. */
enum dtls_state dtls_transport_receive(struct dtls_transport *t, struct span datagram,
                                       int64_t now_us);
/** Retransmit and give up; to be called at dtls_transport_due_us(). */
enum dtls_state dtls_transport_tick(struct dtls_transport *t, int64_t now_us);
/** INT64_MAX: nothing to wait for. */
int64_t dtls_transport_due_us(const struct dtls_transport *t);
/** As the last call returned it. */
enum dtls_state dtls_transport_state(const struct dtls_transport *t);
/** Why it failed, for logs; a static text, "" unless failed. */
const char *dtls_transport_reason(const struct dtls_transport *t);
/** @return 0, ERR_WRONG_STATE unless connected, ERR_CRYPTO */
int dtls_transport_keys(struct dtls_transport *t, struct dtls_keys *out) MUST_USE;
/** Say close_notify, once. */
void dtls_transport_close(struct dtls_transport *t);

#endif
