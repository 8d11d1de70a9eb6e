/*
 * Session descriptions (RFC 8866, RFC 9429) as structs, and questions to them. sdp_parse.h makes
 * them from a peer's text; negotiate.h decides about them.
 *
 * Everything points into one copy of the text that the session owns; sdp_session_free() ends it
 * all.
 */
#ifndef NEREID_MEDIAD_RTC_SDP_H
#define NEREID_MEDIAD_RTC_SDP_H

#include "common/error.h"
#include "common/span.h"

enum {
    SDP_SIZE_MAX = 64 * 1024,
    SDP_LINE_MAX = 4096,
    SDP_SECTIONS_MAX = 64,
    SDP_CODECS_MAX = 32,
    SDP_FORMATS_MAX = 64, /* codecs and their retransmission formats */
    SDP_CANDIDATES_MAX = 32,
    SDP_EXTMAPS_MAX = 32,
    SDP_RIDS_MAX = 8,
    SDP_SSRCS_MAX = 32,
    SDP_GROUPS_MAX = 16, /* ssrc-group lines of one section */
    SDP_FEEDBACK_MAX = 12,
    SDP_FINGERPRINTS_MAX = 4,
};

enum sdp_kind { SDP_AUDIO, SDP_VIDEO, SDP_OTHER };

enum sdp_direction { SDP_SENDRECV, SDP_SENDONLY, SDP_RECVONLY, SDP_INACTIVE };

enum sdp_setup { SDP_SETUP_NONE, SDP_SETUP_ACTPASS, SDP_SETUP_ACTIVE, SDP_SETUP_PASSIVE };

/** One format of the m-line with its rtpmap, fmtp and rtcp-fb lines. */
struct sdp_format {
    uint8_t pt;
    struct span name;    /* encoding name; empty when there was no rtpmap */
    uint32_t clock_rate; /* Hz; 0 when there was no rtpmap */
    uint8_t channels;    /* 1 when not given */
    struct span fmtp;    /* everything after "a=fmtp:PT "; empty when there was none */
    struct span feedback[SDP_FEEDBACK_MAX]; /* "nack pli"; those of a=rtcp-fb:* included */
    uint8_t n_feedback;
};

struct sdp_extmap {
    uint8_t id; /* 1 to 255 except 15 */
    enum sdp_direction direction;
    struct span uri;
};

struct sdp_rid {
    struct span id;
    bool is_send;   /* direction "send" */
    bool is_paused; /* ~ in a=simulcast */
};

struct sdp_ssrc {
    uint32_t ssrc;
    struct span cname; /* empty when not given */
    struct span msid;  /* "STREAM TRACK"; empty when not given */
};

/** a=ssrc-group; only FID (retransmission) and SIM matter to anyone, others are kept by name. */
struct sdp_ssrc_group {
    struct span semantics;
    uint32_t ssrcs[4]; /* the first four */
    uint8_t n_ssrcs;
};

enum sdp_hash { SDP_SHA_256, SDP_SHA_384, SDP_SHA_512 };

/** a=fingerprint (RFC 8122), decoded. Weaker hashes are skipped by the parser. */
struct sdp_fingerprint {
    enum sdp_hash hash;
    uint8_t len; /* bytes: 32, 48 or 64 */
    uint8_t bytes[64];
};

/** Attributes that stand at session level, in a section, or both. */
struct sdp_transport {
    struct span ufrag; /* empty when not given */
    struct span pwd;
    struct span ice_options;
    enum sdp_setup setup;
    struct sdp_fingerprint fingerprints[SDP_FINGERPRINTS_MAX];
    uint8_t n_fingerprints;
};

struct sdp_section {
    unsigned line; /* of its m-line, from 1 */
    enum sdp_kind kind;
    struct span media; /* "audio", "video", "application" */
    uint16_t port;
    struct span proto;
    struct span format_list; /* as written */
    struct span mid;         /* empty when not given */
    bool is_bundle_only;
    enum sdp_direction direction; /* the session's when not given, else sendrecv */
    bool has_rtcp_mux;
    bool has_rtcp_rsize;
    bool has_extmap_allow_mixed;
    bool has_end_of_candidates;
    struct sdp_transport transport; /* what stands in this section only: sdp_section_transport() */
    struct sdp_format formats[SDP_FORMATS_MAX]; /* in the m-line's order: preference */
    uint8_t n_formats;
    struct sdp_extmap extmaps[SDP_EXTMAPS_MAX];
    uint8_t n_extmaps;
    struct sdp_rid rids[SDP_RIDS_MAX]; /* order of a=simulcast (best first), then those not in it */
    uint8_t n_rids;
    bool has_simulcast;
    struct sdp_ssrc ssrcs[SDP_SSRCS_MAX];
    uint8_t n_ssrcs;
    struct sdp_ssrc_group groups[SDP_GROUPS_MAX];
    uint8_t n_groups;
    struct span msid; /* first a=msid line: "STREAM TRACK" */
    unsigned n_candidates;
};

struct sdp_session {
    char *text; /* owned; all spans point into it */
    bool is_ice_lite;
    bool has_extmap_allow_mixed;
    struct sdp_transport transport;
    struct span bundle; /* "0 1 2": mids of the first a=group:BUNDLE */
    bool has_bundle;
    struct sdp_section *sections; /* owned */
    unsigned n_sections;
};

/** The section's transport attributes with the session's filled in where it has none of its own. */
struct sdp_transport sdp_section_transport(const struct sdp_session *s, unsigned section);

/** Is this mid in the first BUNDLE group? */
bool sdp_in_bundle(const struct sdp_session *s, struct span mid);

/** The section with this mid, or -1. */
int sdp_section_by_mid(const struct sdp_session *s, struct span mid);

/** The format with this payload type, or NULL. */
const struct sdp_format *sdp_format_by_pt(const struct sdp_section *s, unsigned pt);

/** "STREAM TRACK" as two; `track` is empty when there is only one identifier. */
void sdp_msid_split(struct span msid, struct span *stream, struct span *track);

#endif
