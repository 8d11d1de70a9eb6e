/*
 * Offer and answer, without I/O and without SDP text: what a publisher's offer becomes, what we
 * offer to a receiver, and what its answer makes of it (RFC 9429, spec/media.md 1). sdp_parse()
 * comes before, sdp_write.h after. For the control thread; may allocate; the results are plain
 * values that can be copied to a worker.
 *
 * Rules: unified plan only (every section has a mid); one transport, so everything accepted is in
 * one BUNDLE; rtcp-mux; ufrag, password and a fingerprint of SHA-256 or better.
 */
#ifndef NEREID_MEDIAD_RTC_NEGOTIATE_H
#define NEREID_MEDIAD_RTC_NEGOTIATE_H

#include "common/error.h"
#include "mediad/rtc/codec.h"
#include "mediad/rtc/sdp.h"

enum {
    NEGOTIATE_MID_MAX = 64,
    NEGOTIATE_FMTP_MAX = 256,
    NEGOTIATE_RID_MAX = 16,
    NEGOTIATE_ID_MAX = 256, /* stream and track ids, CNAME */
    NEGOTIATE_CODECS_MAX = 16,
    NEGOTIATE_RIDS_MAX = 4,
};

/** Header extensions that Nereid knows. The id of one that was not negotiated is 0. */
enum header_ext {
    HEADER_EXT_MID,           /* urn:ietf:params:rtp-hdrext:sdes:mid, RFC 8843 */
    HEADER_EXT_RID,           /* …:sdes:rtp-stream-id, RFC 8852 */
    HEADER_EXT_RRID,          /* …:sdes:repaired-rtp-stream-id, RFC 8852 */
    HEADER_EXT_ABS_SEND_TIME, /* http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time */
    HEADER_EXT_AUDIO_LEVEL,   /* urn:ietf:params:rtp-hdrext:ssrc-audio-level, RFC 6464 */
    HEADER_EXT_COUNT
};

/** Its URI. */
const char *header_ext_uri(enum header_ext x);

/** ICE and DTLS parameters of the other side. */
struct remote_transport {
    char ufrag[257];
    char pwd[257];
    bool is_ice_lite;
    struct sdp_fingerprint fingerprints[SDP_FINGERPRINTS_MAX];
    uint8_t n_fingerprints; /* at least 1 */
    /** Who starts the DTLS handshake: true when the other side does (we are passive). */
    bool is_dtls_client;
};

/** ICE restart: another user fragment or password (RFC 8839 section 4.4.1.1.1). */
bool remote_transport_is_restart(const struct remote_transport *old,
                                 const struct remote_transport *now);
bool remote_transport_same_fingerprints(const struct remote_transport *a,
                                        const struct remote_transport *b);

/* ---- up: the client offers ---- */

/** A payload type that the answer accepts. */
struct up_codec {
    enum codec codec;
    uint8_t pt;
    uint8_t rtx_pt;                    /* 0: none */
    uint8_t feedback;                  /* enum feedback, what both know */
    char fmtp[NEGOTIATE_FMTP_MAX];     /* the client's, to be echoed; "" for none */
    char rtx_fmtp[NEGOTIATE_FMTP_MAX]; /* "apt=96", perhaps with rtx-time */
};

struct up_rid {
    char id[NEGOTIATE_RID_MAX + 1];
    bool is_paused;
};

struct up_section {
    bool is_accepted;     /* false: answered with port 0 */
    bool is_active;       /* the client sends here (sendonly or sendrecv) */
    enum track_kind kind; /* of an accepted one */
    char media[16];       /* for the answer's m-line, of a refused one too */
    char proto[32];
    char format[32]; /* first offered format */
    char mid[NEGOTIATE_MID_MAX + 1];
    struct up_codec codecs[NEGOTIATE_CODECS_MAX]; /* preferred first; [0] is what it will send */
    uint8_t n_codecs;
    uint8_t ext_ids[HEADER_EXT_COUNT]; /* the client's ids */
    uint8_t ext_recvonly; /* bit (1 << x): offered as sendonly, so answered as recvonly */
    struct up_rid rids[NEGOTIATE_RIDS_MAX]; /* simulcast, best first */
    uint8_t n_rids;                         /* 0: no simulcast */
    bool has_rsize;
    uint32_t ssrc;                    /* 0: not signalled, find it by mid and rid */
    uint32_t rtx_ssrc;                /* 0: not signalled */
    char cname[NEGOTIATE_ID_MAX];     /* "" when not signalled */
    char stream_id[NEGOTIATE_ID_MAX]; /* msid, "" when not signalled or "-" */
    char track_id[NEGOTIATE_ID_MAX];
};

/** What becomes of a publisher's offer. The answer is written from it (sdp_write_answer()), and the
 * worker routes by it. Immutable once made. */
struct negotiated {
    struct remote_transport remote;
    bool has_bundle;             /* the offer had a BUNDLE group, so the answer has one */
    bool has_extmap_allow_mixed; /* offered, so answered */
    unsigned n_sections;
    struct up_section sections[]; /* one per m-line, in order */
};

/**
 * Decide about an offer.
 *
 * @param offer    borrowed
 * A video section is answered with one codec of one profile and its retransmissions, so that the
 * sender cannot change to what its receivers were not offered. Which one: what all receivers can
 * decode goes first, then what was chosen before, then the order of the group's codecs, then how
 * well it fits (codec_match()), then the client's order. An audio section keeps all codecs, in the
 * group's order.
 *
 * @param codecs   NULL-terminated names of the group's codecs, preferred first; unknown names are
 *                 skipped
 * @param receivers bits of the codec variants that all receivers can decode
 * @param previous the accepted offer before, for a renegotiation; NULL for the first
 * @param out      new, owned by the caller (negotiated_free()); untouched on failure
 * @return 0; ERR_UNSUPPORTED: no mid, no usable section, no rtcp-mux; ERR_INVALID: no ufrag,
 *         password or fingerprint, a name that is too long, sections that moved since `previous`;
 *         ERR_NO_MEMORY. The place is "m-line N", from 1.
 */
int negotiate_offer(struct negotiated **out, const struct sdp_session *offer,
                    const char *const *codecs, uint32_t receivers,
                    const struct negotiated *previous, struct error *e) MUST_USE;

/** Bits of the video variants that a client's offer names; 0 when it has none of ours. */
uint32_t negotiate_offered_variants(const struct sdp_session *offer);
void negotiated_free(struct negotiated *n);

/** The codec of an accepted section that has this payload type, or NULL; *is_rtx tells whether it
 * is the retransmission's. For the packet path: no search beyond one section. */
const struct up_codec *up_section_by_pt(const struct up_section *s, uint8_t pt, bool *is_rtx);

/** A track of an up stream: a section, or one rid of it. */
struct up_track {
    uint8_t section; /* index */
    int8_t rid;      /* index into rids, -1 without simulcast */
};

/** Tracks in SDP order, rids best first (R19). @return how many; at most `max` are written */
size_t negotiated_tracks(const struct negotiated *n, struct up_track *tracks, size_t max);

/* ---- down: we offer ---- */

/** A track that a receiver shall get. */
struct down_wish {
    /** Names the section across offers: the same key keeps mid and SSRC, and turns an inactive
     * section active again, under a new SSRC (also with a new codec). Rids that replace each
     * other in one section share a key. */
    uint32_t key;
    enum track_kind kind;
    enum codec codec;
    const char *fmtp;      /* the publisher's; "" for none */
    const char *stream_id; /* msid; an empty one becomes the label, then "dummy" (by the caller) */
    const char *track_id;  /* an empty one becomes rid or kind (by the caller) */
    const char *cname;     /* stream id */
};

struct down_section {
    uint32_t key;
    bool is_active;  /* wanted by the last offer */
    bool is_stopped; /* refused by the client (port 0): stays so, its key is free */
    enum track_kind kind;
    char mid[NEGOTIATE_MID_MAX + 1]; /* "0", "1", …: its index */
    enum codec codec;
    uint8_t pt;
    uint8_t rtx_pt;   /* 0: no retransmission format */
    uint8_t feedback; /* offered; after the answer: what both know */
    char fmtp[NEGOTIATE_FMTP_MAX];
    uint8_t ext_ids[HEADER_EXT_COUNT];
    uint32_t ssrc;
    uint32_t rtx_ssrc; /* 0: none */
    char stream_id[NEGOTIATE_ID_MAX];
    char track_id[NEGOTIATE_ID_MAX];
    char cname[NEGOTIATE_ID_MAX];
};

/** Our side of a down stream's sections, kept from offer to offer. */
struct down_plan {
    uint64_t random;               /* state that SSRCs are drawn from */
    struct down_section *sections; /* owned; only ever grows */
    unsigned n_sections;
};

/** What the answer made of one section: all that a worker needs to send there. */
struct down_route {
    bool is_accepted; /* send here */
    uint8_t pt;       /* the answer's number for our codec */
    uint8_t rtx_pt;   /* 0: retransmit on the same SSRC */
    uint8_t feedback; /* enum feedback that this receiver will use */
    uint8_t ext_ids[HEADER_EXT_COUNT];
};

struct down_answer {
    struct remote_transport remote;
    unsigned n_sections;
    struct down_route routes[SDP_SECTIONS_MAX];
};

/** @param seed from the system's random source; SSRCs follow from it */
void down_plan_init(struct down_plan *p, uint64_t seed);
void down_plan_release(struct down_plan *p);

/**
 * Turn wishes into sections: known keys keep theirs, new ones are appended, all others turn
 * inactive. Payload types stay unique in the bundle: one number means one codec with one fmtp.
 * @return 0; ERR_TOO_LARGE when 64 sections are used up, ERR_INVALID for two wishes with one key or
 *         a name that is too long, ERR_NO_MEMORY: the plan is as before
 */
int down_plan_set(struct down_plan *p, const struct down_wish *wishes, size_t n_wishes,
                  struct error *e) MUST_USE;

/** The section of a key, or -1. */
int down_plan_find(const struct down_plan *p, uint32_t key);

/**
 * Read a client's answer to the offer written from the plan. Sections that it refuses are stopped
 * for good: when their track is wanted again, it gets a new one.
 * @param out untouched on failure
 * @return 0; ERR_INVALID: not an answer to this offer (count, mids, payload types), no ufrag,
 * password or fingerprint; place "m-line N". An answer that refuses everything is fine.
 */
int down_plan_answer(struct down_plan *p, const struct sdp_session *answer, struct down_answer *out,
                     struct error *e) MUST_USE;

#endif
