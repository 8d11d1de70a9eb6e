/*
 * A publisher's offer: what becomes of it, section by section, and which tracks that makes. The
 * answer is written from it, and the worker routes by it.
 */
#ifndef NEREID_MEDIAD_RTC_NEGOTIATE_UP_H
#define NEREID_MEDIAD_RTC_NEGOTIATE_UP_H

#include "mediad/rtc/negotiate.h"

/** A payload type that the answer accepts. */
struct up_codec {
    enum codec codec;
    uint8_t pt;
    uint8_t rtx_pt;                        /* 0: none */
    uint8_t red_pt;                        /* of redundant audio (red.h); 0: none */
    bool is_red_first;                     /* it was named before the codec alone */
    uint8_t feedback;                      /* enum feedback, what both know */
    char fmtp[NEGOTIATE_FMTP_MAX];         /* the client's, to be echoed; "" for none */
    char rtx_fmtp[NEGOTIATE_RTX_FMTP_MAX]; /* "apt=96", perhaps with rtx-time */
    char red_fmtp[NEGOTIATE_RED_FMTP_MAX]; /* "111/111" */
};

struct up_rid {
    char id[NEGOTIATE_RID_MAX + 1];
    bool is_paused;
};

struct up_section {
    bool is_accepted;     /* false: answered with port 0 */
    bool is_active;       /* the client sends here (sendonly or sendrecv); to a player, we do */
    enum track_kind kind; /* of an accepted one */
    char media[16];       /* for the answer's m-line, of a refused one too */
    char proto[32];
    char format[32]; /* first offered format */
    char mid[NEGOTIATE_MID_MAX + 1];
    struct up_codec codecs[NEGOTIATE_CODECS_MAX]; /* preferred first; [0] is what it will send */
    uint8_t n_codecs;
    uint8_t ext_ids[HEADER_EXT_COUNT]; /* the client's ids */
    uint8_t ext_directed; /* bit (1 << x): offered for one direction, so answered for the other */
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
    bool is_sending;             /* a player's offer: we send (negotiate_player.h) */
    unsigned n_sections;
    struct up_section sections[]; /* one per m-line, in order */
};

/** What decides about an offer. */
struct up_choice {
    const char *const *codecs; /* NULL-terminated names of the group's codecs, preferred first;
                                  unknown names are skipped */
    uint32_t receivers;        /* bits of the codec variants that all receivers can decode */
    bool is_encrypted;         /* frames are, end to end: redundant audio could not be taken apart
                                  for who does not take it, and is not answered */
    const struct negotiated *previous; /* the accepted offer before, for a renegotiation; NULL */
};

/**
 * Decide about an offer.
 *
 * A video section is answered with one codec of one profile and its retransmissions, so that the
 * sender cannot change to what its receivers were not offered. Which one: what all receivers can
 * decode goes first, then what was chosen before, then the order of the group's codecs, then how
 * well it fits (codec_match()), then the client's order. An audio section keeps all codecs, in the
 * group's order, and redundant audio before or behind Opus, as the client prefers.
 *
 * @param offer    borrowed
 * @param out      new, owned by the caller (negotiated_free()); untouched on failure
 * @return 0; ERR_UNSUPPORTED: no mid, no usable section, no rtcp-mux; ERR_INVALID: no ufrag,
 *         password or fingerprint, a name that is too long, sections that moved since the one
 *         before;
 *         ERR_NO_MEMORY. The place is "m-line N", from 1.
 */
int negotiate_offer(struct negotiated **out, const struct sdp_session *offer,
                    const struct up_choice *choice, struct error *e) MUST_USE;

/** Bits of the video variants that a client's offer names; 0 when it has none of ours. */
uint32_t negotiate_offered_variants(const struct sdp_session *offer);

/** NULL is fine. */
void negotiated_free(struct negotiated *n);

/** The codec of an accepted section that has this payload type, also as redundant audio, or NULL;
 * *is_rtx tells whether it is the retransmission's. For the packet path: no search beyond one
 * section. */
const struct up_codec *up_section_by_pt(const struct up_section *s, uint8_t pt, bool *is_rtx);

/** A track of an up stream: a section, or one rid of it. */
struct up_track {
    uint8_t section; /* index */
    int8_t rid;      /* index into rids, -1 without simulcast */
};

/** Tracks in SDP order, rids best first. @return how many; at most `max` are written */
size_t negotiated_tracks(const struct negotiated *n, struct up_track *tracks, size_t max);

#endif
