/*
 * VP8 in RTP (RFC 7741): payload descriptor, keyframe test and size, picture id rewriting.
 */
#ifndef NEREID_MEDIAD_RTC_PAYLOAD_VP8_H
#define NEREID_MEDIAD_RTC_PAYLOAD_VP8_H

#include "common/error.h"
#include "common/span.h"
#include "mediad/rtc/keyframe_test.h"

struct vp8_descriptor {
    uint8_t size;            /* bytes of the descriptor; the picture's bytes follow */
    bool is_non_reference;   /* N */
    bool is_start;           /* S: start of a partition */
    uint8_t partition;       /* PID */
    uint8_t picture_id_bits; /* 0: none; 7 or 15 */
    uint8_t picture_id_at;   /* offset of its first byte */
    uint16_t picture_id;
    bool has_tl0picidx;
    uint8_t tl0picidx_at;
    uint8_t tl0picidx;
    bool has_tid;
    uint8_t tid;
    bool is_layer_sync; /* Y; only with has_tid */
    bool has_keyidx;
    uint8_t keyidx;
};

/** @return 0, or ERR_TRUNCATED (an empty payload too); *out untouched then. RFC 7741 section 4.2 */
int vp8_descriptor_parse(struct vp8_descriptor *out, struct span payload) MUST_USE;

/** RFC 7741 section 4.3: S=1, partition 0 and the P bit of the frame header clear. */
enum keyframe_test vp8_keyframe(struct span payload);

/** Height of a keyframe's picture (RFC 6386 section 9.1), 0 when the frame is cut off or encrypted.
 */
uint16_t vp8_height(struct span payload, const struct vp8_descriptor *d);

/** Overwrite the picture id in a copy of the payload; as many bits as there were, nothing when
 * there was none. `payload` is at least d->size bytes. */
void vp8_set_picture_id(uint8_t *payload, const struct vp8_descriptor *d, uint16_t picture_id);

/** The same for TL0PICIDX. */
void vp8_set_tl0picidx(uint8_t *payload, const struct vp8_descriptor *d, uint8_t tl0picidx);

#endif
