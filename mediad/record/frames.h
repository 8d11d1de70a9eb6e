/*
 * Makes whole frames of one track's packets, which come in order (reorder.h). A frame of which
 * anything is missing is left out, and with it all video up to the next keyframe: a decoder could
 * show none of it. Pure. What each codec is like in RTP, and in a file, is in frames_CODEC.c.
 */
#ifndef NEREID_MEDIAD_RECORD_FRAMES_H
#define NEREID_MEDIAD_RECORD_FRAMES_H

#include "common/buf.h"
#include "mediad/record/record_queue.h"
#include "mediad/record/vp9_header.h"
#include "mediad/rtc/codec.h"

enum {
    FRAME_MAX_BYTES = 4 * 1024 * 1024, /* a longer one counts as damaged */
    FRAMES_LAYERS_MAX = 8,
    FRAMES_NOTHING = 1, /* whole, but no frame */
};

/** As it goes into a file; borrowed for the call. */
struct whole_frame {
    struct span data;
    bool is_key;            /* always so for sound */
    uint16_t width, height; /* of the picture; 0: as before */
    uint8_t source;
    uint32_t rtp_ts;
    int64_t at_us; /* arrival of its first packet */
};

struct frames;

/** A codec's part. */
struct frame_format {
    /** Adds a packet's share. @return 0, or an error: the frame is damaged */
    int (*add)(struct frames *f, struct span payload, bool is_first);
    /** All packets are there. May rewrite f->bytes, and says what the frame is.
     * @return 0; FRAMES_NOTHING; or an error: it is damaged */
    int (*finish)(struct frames *f, struct whole_frame *out);
};

struct frames {
    enum codec codec;
    const struct frame_format *format;
    struct buf bytes;     /* of the frame that is being put together */
    struct buf extradata; /* for the container's header: H.264, AV1 */
    struct buf scratch;
    struct whole_frame open; /* its data is `bytes` */
    bool is_open, is_damaged;
    bool needs_keyframe; /* nothing can be shown before one */
    /* the codecs', of the frame: a part of it is not complete yet */
    bool has_part;
    size_t part_at;                       /* H.264: where that one begins */
    bool has_frame;                       /* H.264, AV1: there is more than parameters */
    bool has_sequence;                    /* AV1 */
    size_t layer_ends[FRAMES_LAYERS_MAX]; /* VP9 */
    unsigned n_layers;
    /* of those before */
    struct vp9_references references; /* VP9 */
    struct buf sps, pps;              /* H.264 */
    void (*deliver)(void *user, const struct whole_frame *frame);
    void *user;
};

/** Can its packets become frames? */
bool frames_can(enum codec codec);
/** @return 0, ERR_UNSUPPORTED */
int frames_init(struct frames *f, enum codec codec) MUST_USE;
void frames_release(struct frames *f);
/** A packet of its payload; an empty one (a padding probe) only counts in numbers. */
void frames_push(struct frames *f, const struct record *packet, bool is_after_gap);

/* ---- for the codecs ---- */

/** Appends to the frame. @return 0, ERR_TOO_LARGE, ERR_NO_MEMORY */
int frames_add_bytes(struct frames *f, struct span bytes) MUST_USE;

extern const struct frame_format frames_vp8;
extern const struct frame_format frames_vp9;
extern const struct frame_format frames_av1;
extern const struct frame_format frames_h264;

#endif
