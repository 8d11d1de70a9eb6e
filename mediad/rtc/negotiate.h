/*
 * Offer and answer, without I/O and without SDP text (RFC 9429): what both directions share. What a
 * publisher's offer becomes is in negotiate_up.h, what we offer to a receiver and what its answer
 * makes of it in negotiate_down.h. sdp_parse() comes before, sdp_write.h after. For the control
 * thread; may allocate; the results are plain values that can be copied to a worker.
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
    NEGOTIATE_RTX_FMTP_MAX = 64,
    NEGOTIATE_RED_FMTP_MAX = 64,
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
    HEADER_EXT_TRANSPORT_CC,  /* draft-holmer-rmcat-transport-wide-cc-extensions-01 */
    HEADER_EXT_DEPENDENCY,    /* dependency_descriptor.h */
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
/** The same set, in whatever order. */
bool remote_transport_same_fingerprints(const struct remote_transport *a,
                                        const struct remote_transport *b);

#endif
