/*
 * SRTP and SRTCP of one peer connection (RFC 3711): RTP that leaves by our own secure_rtp_send.h,
 * everything else by libsrtp2 with nettle's AES and SHA-1 underneath (Debian's own backend is five
 * times slower). Works in place. Without keys there is nothing that could send.
 */
#ifndef NEREID_MEDIAD_RTC_SECURE_RTP_H
#define NEREID_MEDIAD_RTC_SECURE_RTP_H

#include "common/error.h"
#include "mediad/rtc/dtls_transport.h"
#include "mediad/rtc/secure_rtp_send.h"

/** Packets that may come late before they count as replayed. */
#define SECURE_RTP_WINDOW 1024

/** Before anything else here; once or more, any thread: starts libsrtp2, puts our backend into it,
 * which its self-tests must accept, and chooses what protects batches (secure_rtp_engine.h).
 * @return 0, ERR_CRYPTO */
int secure_rtp_start(struct error *e) MUST_USE;

/** What libsrtp2 takes for one connection, both ways, with one source each; measured. */
#define SECURE_RTP_BYTES (4 * 1024)
/** SSRCs that a peer may use: 32 tracks and their retransmissions. libsrtp2 keeps state for
 * each for ever. */
#define SECURE_RTP_SOURCES_MAX 64

struct secure_rtp {
    struct secure_rtp_key key; /* for RTP that we send */
    void *send_rtcp;           /* libsrtp2's sessions; NULL: no keys */
    void *receive;
    unsigned n_sources;
    uint32_t sources[SECURE_RTP_SOURCES_MAX]; /* the peer's, in network order */
};

/** @param s zeroed, or released @return 0, ERR_CRYPTO: there are no keys then */
int secure_rtp_init(struct secure_rtp *s, const struct dtls_keys *keys) MUST_USE;
/** Wipes the keys: first flush the batch that may hold packets for them. */
void secure_rtp_release(struct secure_rtp *s);

/**
 * Protect one RTP packet in place, at once; a batch does it in send_batch_add_rtp().
 * @param size bytes that the buffer holds, at least *len + SECURE_RTP_TRAILER_MAX
 * @return 0; ERR_TOO_LARGE: the buffer is too small; ERR_WRONG_STATE: secure_rtp_job_init() refused
 */
int secure_rtp_protect(struct secure_rtp *s, struct secure_rtp_stream *stream, void *packet,
                       size_t *len, size_t size) MUST_USE;
/** @return 0; ERR_TOO_LARGE; ERR_WRONG_STATE without keys; ERR_CRYPTO */
int secure_rtp_protect_rtcp(struct secure_rtp *s, void *packet, size_t *len, size_t size) MUST_USE;
/** @return 0; ERR_WRONG_STATE without keys; ERR_DENIED: wrong tag; ERR_EXISTS: replayed or too old;
 *          ERR_SYNTAX: not an RTP packet; ERR_TOO_LARGE: one SSRC more than the peer may have */
int secure_rtp_unprotect(struct secure_rtp *s, void *packet, size_t *len) MUST_USE;
int secure_rtp_unprotect_rtcp(struct secure_rtp *s, void *packet, size_t *len) MUST_USE;

#endif
