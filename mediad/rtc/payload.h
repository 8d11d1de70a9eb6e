/*
 * What forwarding needs to know of a payload, read once per packet when it arrives: frame bounds,
 * keyframe, layers. The codecs' own formats are in payload_vp8.h, payload_vp9.h, payload_h264.h and
 * payload_av1.h; this is the one door for the packet path. Never reads encoded pictures further
 * than the keyframe test needs; for encrypted frames that test says "unknown".
 */
#ifndef NEREID_MEDIAD_RTC_PAYLOAD_H
#define NEREID_MEDIAD_RTC_PAYLOAD_H

#include "common/error.h"
#include "common/span.h"
#include "mediad/rtc/codec.h"
#include "mediad/rtc/keyframe_test.h"

enum {
    TARGET_LAYERS = 4, /* spatial ones, and temporal ones, of which decode targets are known */
    TARGET_CHAINS = 4,
    TARGET_REFERENCES = 4,
    TARGET_NONE = 0xff,
};

/** Decode targets are named by their layers: 4 * sid + tid. Masks have a bit for each. */
static inline uint8_t target_number(unsigned sid, unsigned tid)
{
    return (uint8_t)(TARGET_LAYERS * sid + tid);
}

/** What a dependency descriptor says of a packet's frame (dependency_descriptor.h). */
struct payload_targets {
    uint16_t frame_number;
    uint16_t active;   /* decode targets that the publisher sends */
    uint16_t present;  /* those whose receivers need the frame */
    uint16_t switches; /* whoever has the frame can go on with these */
    /* how many frames back: what it is predicted from, and where each chain goes on (0: starts) */
    uint8_t references[TARGET_REFERENCES];
    uint8_t chain_diffs[TARGET_CHAINS];
    uint8_t chains;       /* which one protects a spatial layer: two bits for each */
    uint8_t n_references; /* more than TARGET_REFERENCES: not all are known */
    bool is_known;
};

struct payload_info {
    uint8_t keyframe;      /* enum keyframe_test: does a keyframe start in this packet? */
    bool is_picture_start; /* first packet of a picture (of all its spatial layers) */
    bool is_frame_start;   /* first packet of a frame (one spatial layer of a picture) */
    bool is_frame_end;     /* VP9: E bit; others: the marker */
    bool has_tid;
    uint8_t tid;             /* temporal layer; 0 without layers */
    uint8_t sid;             /* spatial layer; 0 without */
    bool is_switch_point;    /* VP8 Y: one may rise to this tid here */
    bool is_up_point;        /* VP9 U: behind this picture one may rise to any tid */
    bool is_not_reference;   /* not used by higher spatial layers of the picture (VP9 Z) */
    bool is_inter;           /* VP9 P: predicted from earlier pictures */
    uint8_t picture_id_bits; /* 0: none; 7 or 15 */
    uint16_t picture_id;
    struct payload_targets targets;
    uint16_t height; /* of the pictures that begin here, of the highest layer's; 0: not said */
};

/**
 * @param marker RTP marker bit
 * @return 0; ERR_TRUNCATED or ERR_SYNTAX for a payload that its codec's descriptor does not fit:
 *         an empty one (padding probe) too. *out then is all zero, which means: nothing known.
 */
int payload_parse(enum codec codec, struct span payload, bool marker, struct payload_info *out);

#endif
