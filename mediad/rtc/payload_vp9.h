/*
 * VP9 in RTP (RFC 9628): payload descriptor and keyframe test.
 */
#ifndef NEREID_MEDIAD_RTC_PAYLOAD_VP9_H
#define NEREID_MEDIAD_RTC_PAYLOAD_VP9_H

#include "common/error.h"
#include "common/span.h"
#include "mediad/rtc/keyframe_test.h"

struct vp9_descriptor {
    uint8_t size;          /* bytes of the descriptor */
    bool is_inter;         /* P */
    bool is_flexible;      /* F */
    bool is_start;         /* B: first packet of a frame */
    bool is_end;           /* E: last packet of a frame */
    bool is_not_reference; /* Z */
    bool has_layers;       /* L */
    uint8_t tid;
    uint8_t sid;
    bool is_switch_point;    /* U */
    bool is_inter_layer;     /* D */
    uint8_t picture_id_bits; /* 0, 7 or 15 */
    uint16_t picture_id;
    uint16_t height; /* of the highest layer, by the scalability structure; 0: not there */
};

/** @return 0, or ERR_TRUNCATED; *out untouched then. RFC 9628 section 4.2 */
int vp9_descriptor_parse(struct vp9_descriptor *out, struct span payload) MUST_USE;

/** B=1, frame marker 10 and frame type 0 in the uncompressed header
 * (VP9 bitstream specification, section 6.2). */
enum keyframe_test vp9_keyframe(struct span payload);

/** Height of a keyframe (VP9 bitstream specification, section 6.2), 0 when it is cut off or
 * encrypted. */
uint16_t vp9_height(struct span payload, const struct vp9_descriptor *d);

#endif
