/*
 * The uncompressed header of VP9 frames (VP9 bitstream specification, section 6.2): sizes, and how
 * a frame that is shown becomes one that is not.
 */
#ifndef NEREID_MEDIAD_RECORD_VP9_HEADER_H
#define NEREID_MEDIAD_RECORD_VP9_HEADER_H

#include "common/buf.h"
#include "common/error.h"
#include "common/span.h"

enum { VP9_REFERENCES = 8 };

struct vp9_size {
    uint32_t width, height; /* 0: not known */
};

/** Sizes of the frames that later ones are predicted from, and may have theirs from. */
struct vp9_references {
    struct vp9_size sizes[VP9_REFERENCES];
};

struct vp9_header {
    bool is_repeat; /* shows an earlier frame again: nothing else is known */
    bool is_key;
    bool is_shown;
    struct vp9_size size;
    uint8_t refreshes;  /* references that it becomes, a bit each */
    size_t shown_at;    /* the bit that says so */
    size_t intra_at;    /* where "intra only" stands in a frame that is not shown */
    size_t header_bits; /* up to the padding */
};

/** @return 0; ERR_TRUNCATED, ERR_SYNTAX (sizes of references that are not known, too) */
int vp9_header_parse(struct vp9_header *out, struct span frame,
                     const struct vp9_references *references) MUST_USE;
/** The frame is decoded: remember its size. */
void vp9_header_apply(const struct vp9_header *h, struct vp9_references *references);
/** Appends the frame as one that is decoded, and not shown. @return 0, ERR_NO_MEMORY */
int vp9_header_hide(struct buf *out, struct span frame, const struct vp9_header *h) MUST_USE;

#endif
