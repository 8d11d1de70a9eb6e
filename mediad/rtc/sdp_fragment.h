/*
 * SDP fragments (RFC 8840 section 9), by which a client without signalling of its own trickles
 * candidates and restarts ICE over HTTP (RFC 9725 section 4.3): parsed, and ours written. Pure.
 */
#ifndef NEREID_MEDIAD_RTC_SDP_FRAGMENT_H
#define NEREID_MEDIAD_RTC_SDP_FRAGMENT_H

#include "mediad/rtc/sdp_write.h"

enum { SDP_FRAGMENT_CANDIDATES_MAX = 256 };

/** What a fragment says. Spans into its text. */
struct sdp_fragment {
    struct span ufrag; /* both empty when it names none: it is about the present ones */
    struct span pwd;
    unsigned n_candidates; /* all well-formed */
    bool has_end_of_candidates;
};

/**
 * Parse a client's. Of attributes that are not about ICE nothing is asked but the form; credentials
 * that stand twice must be the same, since everything is bundled.
 * @return 0; ERR_SYNTAX or ERR_TOO_LARGE with place "line N", or none when it says nothing at all
 */
int sdp_fragment_parse(struct sdp_fragment *out, struct span text, struct error *e) MUST_USE;

/** A section as a fragment names it. */
struct sdp_fragment_section {
    const char *media; /* "audio" */
    const char *mid;
    uint8_t pt;
};

/**
 * The same, of a client that has offered something.
 * @param present the peer as it described itself last; NULL: not yet
 * @param is_restart it names other credentials than those
 * @return as sdp_fragment_parse(), or ERR_WRONG_STATE
 */
int sdp_fragment_read(struct sdp_fragment *out, struct span text,
                      const struct remote_transport *present, bool *is_restart,
                      struct error *e) MUST_USE;

/** Append ours after a restart: credentials and candidates, for the first section of the bundle.
 * @param n at least 1 @return 0, or ERR_NO_MEMORY */
int sdp_fragment_write(struct buf *b, const struct sdp_fragment_section *sections, size_t n,
                       const struct local_transport *local) MUST_USE;
/** The same for the sections that an answer accepted. */
int sdp_fragment_write_answer(struct buf *b, const struct negotiated *n,
                              const struct local_transport *local) MUST_USE;

#endif
