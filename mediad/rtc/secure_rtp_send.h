/*
 * SRTP on its way out (RFC 3711): session keys of one direction, the roll-over counter of each
 * stream, and packets that wait for their protection. secure_rtp_engine.h protects many of them at
 * once; here is the way for one, with nettle. Never allocates, never fails once a job is made.
 */
#ifndef NEREID_MEDIAD_RTC_SECURE_RTP_SEND_H
#define NEREID_MEDIAD_RTC_SECURE_RTP_SEND_H

#include <stdbool.h>
#include <stddef.h>

#include <nettle/aes.h>
#include <nettle/sha1.h>

#include "common/error.h"
#include "mediad/rtc/secure_rtp_suite.h"

#define SECURE_RTP_SALT_LEN 14
/** Room that a packet needs behind it while it is protected, whatever the suite. */
#define SECURE_RTP_TRAILER_MAX 16

/** Every packet to a receiver reads all of it: four cache lines. Zeroed: no key. */
struct secure_rtp_key {
    const struct secure_rtp_suite *suite;
    uint16_t number; /* counts what was here, so that a stream notices a new key */
    uint8_t salt[SECURE_RTP_SALT_LEN];
    uint32_t inner[5]; /* SHA-1's state behind the key's block of HMAC (RFC 2104): ipad … */
    uint32_t outer[5]; /* … and opad */
    _Alignas(16) struct aes128_ctx cipher;
};

/** What a sender remembers of one SSRC. Zeroed: nothing was sent yet. */
struct secure_rtp_stream {
    uint32_t roc; /* of `highest_seq` */
    uint16_t highest_seq;
    uint16_t key_number; /* the key that both belong to */
};

/** One packet that waits. */
struct secure_rtp_job {
    const struct secure_rtp_key *key;
    uint8_t *packet;
    uint32_t roc;
    uint16_t len; /* before the tag */
    uint16_t payload_at;
};

/** Derive the session keys (RFC 3711 section 4.3, with a key derivation rate of 0).
 * @param master the suite's master key, its master salt behind it */
void secure_rtp_key_init(struct secure_rtp_key *key, const struct secure_rtp_suite *suite,
                         const uint8_t *master);
/** Wipes it. No job may still refer to it. */
void secure_rtp_key_release(struct secure_rtp_key *key);

/**
 * Place a packet in its stream: find its roll-over counter (RFC 3711 section 3.3.1). Older numbers
 * may come again; the same packet then becomes the same bytes.
 * @param packet RTP, with SECURE_RTP_TRAILER_MAX bytes of room behind `len`; borrowed by the job
 * @return false: no key; not an RTP packet; a number before the stream's first, or behind the last
 *         that a key may have. The stream is unchanged then
 */
bool secure_rtp_job_init(struct secure_rtp_job *out, const struct secure_rtp_key *key,
                         struct secure_rtp_stream *stream, uint8_t *packet, size_t len) MUST_USE;
/** The packet's length with its tag. */
static inline size_t secure_rtp_job_size(const struct secure_rtp_job *job)
{
    return job->len + (size_t)job->key->suite->tag_len;
}

/* ---- what the rows of the suites' table name ---- */

/** RFC 3711 section 4.1.1: where the key stream of this packet starts. */
void secure_rtp_aes_cm_iv(const struct secure_rtp_job *job, uint8_t iv[AES_BLOCK_SIZE]);
/** Behind the packet, for the tag covers it (RFC 3711 section 4.2). */
void secure_rtp_write_roc(const struct secure_rtp_job *job);
void secure_rtp_derive_aes_cm(struct secure_rtp_key *key, const uint8_t *master);
void secure_rtp_protect_aes_cm(const struct secure_rtp_job *job);

#endif
