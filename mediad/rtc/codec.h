/*
 * The codecs that Nereid forwards: one table, and the rules by which an offered format is
 * matched to it. Knows SDP's words for codecs, but neither SDP lines nor RTP.
 */
#ifndef NEREID_MEDIAD_RTC_CODEC_H
#define NEREID_MEDIAD_RTC_CODEC_H

#include "common/span.h"
#include "mediad/rtc/track_kind.h"

enum codec {
    CODEC_NONE, /* zeroed means none */
    CODEC_VP8,
    CODEC_VP9,
    CODEC_AV1,
    CODEC_H264,
    CODEC_OPUS,
    CODEC_G722,
    CODEC_PCMU,
    CODEC_PCMA,
    CODEC_COUNT
};

/** Feedback kinds, as bits. In SDP they are written in this order. */
enum feedback {
    FEEDBACK_REMB = 1 << 0,         /* goog-remb */
    FEEDBACK_NACK = 1 << 1,         /* nack: RFC 4585 */
    FEEDBACK_PLI = 1 << 2,          /* nack pli: RFC 4585 */
    FEEDBACK_FIR = 1 << 3,          /* ccm fir: RFC 5104 */
    FEEDBACK_TRANSPORT_CC = 1 << 4, /* transport-cc */
    FEEDBACK_RRTR = 1 << 5,         /* rrtr: reference times of who only receives, and our answers
                                       (RFC 3611 sections 4.4, 4.5), as libwebrtc names them */
};

/** Feedback kinds as SDP has them, in the order of their bits. */
struct feedback_kind {
    const char *text;
    uint8_t bit;
};
#define FEEDBACK_KINDS 6
extern const struct feedback_kind feedback_kinds[FEEDBACK_KINDS];

struct codec_info {
    const char *name;     /* in group files and in struct track_info: "vp8" */
    const char *sdp_name; /* in rtpmap: "VP8" */
    enum track_kind kind;
    uint32_t clock_rate; /* Hz */
    uint8_t channels;    /* 1 for video */
    uint8_t pt;          /* payload type that our own offers prefer */
    uint8_t rtx_pt;      /* payload type of its retransmissions (RFC 4588); 0: none */
    uint8_t feedback;    /* enum feedback bits that we understand */
    const char *fmtp;    /* format parameters to match against, and of last resort; "" for none */
};

/** The row of a codec. NULL only for CODEC_NONE. */
const struct codec_info *codec_info(enum codec c);

/** By the name of group files ("vp8", ASCII case ignored); CODEC_NONE when unknown. */
enum codec codec_by_name(struct span name);

/** By rtpmap: encoding name (ASCII case ignored), clock rate and channels must all agree; but Opus
 * without its "/2" is Opus, which has one form only (RFC 7587 section 7). */
enum codec codec_by_rtpmap(struct span sdp_name, uint32_t clock_rate, unsigned channels);

/** By static payload type of RFC 3551 (0 PCMU, 8 PCMA, 9 G722), for formats without rtpmap. */
enum codec codec_by_static_pt(uint8_t pt);

/** Video codecs with their profiles, one bit each: what a decoder takes of one variant says nothing
 * of the others. */
enum codec_variant {
    VARIANT_NONE = -1, /* audio, or parameters that make no sense */
    VARIANT_VP8,
    VARIANT_VP9,                    /* profiles 0 to 3 follow each other */
    VARIANT_AV1 = VARIANT_VP9 + 4,  /* profiles 0 to 2 */
    VARIANT_H264 = VARIANT_AV1 + 3, /* enum h264_profile, each in packetization modes 0 and 1 */
    VARIANT_COUNT = VARIANT_H264 + 14
};

/**
 * The variant that parameters name. A profile-level-id is six hexadecimal digits (RFC 6184 section
 * 8.1), and what stands for the same profile (its table 5) is one variant; missing parameters mean
 * H.264 baseline in mode 0, VP9 profile 0, AV1 profile 0.
 * @return an enum codec_variant or what it counts from; VARIANT_NONE
 */
int codec_variant(enum codec c, struct span fmtp);

/** The variant's bit for a set of them; 0 for VARIANT_NONE. */
uint32_t codec_variant_bit(enum codec c, struct span fmtp);

/**
 * How well an offered format fits, better ones higher:
 * 4 what everybody decodes: H.264 constrained baseline in mode 1 (RFC 7742 section 5), VP9 and AV1
 *   profile 0, every codec without profiles; 3 H.264 constrained baseline in mode 0; 2 a profile
 *   that we list (H.264 in mode 1, VP9 profile 2); 1 same codec only; 0 not acceptable: H.264's
 *   interleaved mode 2, or parameters that make no sense.
 */
int codec_match(enum codec c, struct span fmtp);

/**
 * Whether a decoder that was described by `offered` decodes what an encoder described by `sent`
 * sends, better ones higher: 3 the same variant; 2 H.264 for which the offer names no profile; 1
 * H.264 of a profile, or packetization mode, that the offered one includes; 0 no. Audio is 3.
 */
int codec_decodes(enum codec c, struct span offered, struct span sent);

/** Payload type that our offers prefer for this codec with the publisher's parameters: VP9
 * profile 2 and H.264 profiles other than constrained baseline have their own. */
uint8_t codec_offer_pt(enum codec c, struct span fmtp);

/**
 * Value of one parameter in "a=1;b=2" (names ASCII case ignored, spaces around ; allowed).
 * @return false, *value untouched, when it is not there
 */
bool codec_fmtp_value(struct span fmtp, const char *name, struct span *value);

#endif
