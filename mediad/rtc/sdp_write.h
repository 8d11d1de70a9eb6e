/*
 * Our descriptions as text: the answer to a publisher or a player, and the offer to a receiver (RFC
 * 9429 section 5), with ice-lite, trickle, each candidate once, RTX, NACK for audio, and msid
 * without the obsolete ssrc lines.
 */
#ifndef NEREID_MEDIAD_RTC_SDP_WRITE_H
#define NEREID_MEDIAD_RTC_SDP_WRITE_H

#include "common/buf.h"
#include "mediad/rtc/candidate.h"
#include "mediad/rtc/negotiate_down.h"
#include "mediad/rtc/negotiate_up.h"

/** Our ICE and DTLS parameters. Everything borrowed for the call. */
struct local_transport {
    uint64_t session_id; /* random, below 2^63, the same for all descriptions of a connection */
    uint64_t session_version; /* Unix time at creation, one more for each new description */
    const char *ufrag;        /* 4 to 256 of ALPHA DIGIT + / */
    const char *pwd;          /* 22 to 256 of them */
    const char *fingerprint;  /* "sha-256 AA:BB:…", upper case */
    bool is_ice_lite;
    const struct candidate *candidates;
    size_t n_candidates;
    bool has_end_of_candidates; /* no more will be trickled */
};

/** Append our candidates and, when no more follow, their end: one line each. */
void sdp_write_candidates(struct buf *b, const struct local_transport *local);

/** Append the answer. @return 0, or ERR_NO_MEMORY */
int sdp_write_answer(struct buf *b, const struct negotiated *n,
                     const struct local_transport *local) MUST_USE;

/** Append the offer of a plan. @return 0, or ERR_NO_MEMORY */
int sdp_write_offer(struct buf *b, const struct down_plan *p,
                    const struct local_transport *local) MUST_USE;

#endif
