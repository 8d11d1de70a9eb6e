/*
 * Our offers to a receiver, and what its answers make of them.
 */
#ifndef NEREID_MEDIAD_RTC_NEGOTIATE_DOWN_H
#define NEREID_MEDIAD_RTC_NEGOTIATE_DOWN_H

#include "mediad/rtc/negotiate.h"

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
    bool has_red;          /* it may come as redundant audio */
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
    bool has_red;     /* wished for */
    uint8_t red_pt;   /* 0: no format for redundant audio */
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
    uint8_t red_pt;   /* 0: redundant audio goes out as its primary block alone */
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
/** Frees the sections; zeroed then. */
void down_plan_release(struct down_plan *p);

/**
 * Turn wishes into sections: known keys keep theirs, new ones are appended, all others turn
 * inactive. Payload types stay unique in the bundle: one number means one codec with one fmtp.
 * Redundant audio is offered behind its codec, while there is a number for it.
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
