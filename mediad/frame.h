/*
 * One outgoing message, serialised once and shared by all who receive it. Counted; control thread
 * only.
 */
#ifndef NEREID_MEDIAD_FRAME_H
#define NEREID_MEDIAD_FRAME_H

#include "common/span.h"

/** Room in front of the text where the WebSocket layer writes its header. */
#define FRAME_HEADROOM 16

struct frame {
    unsigned refs;
    size_t len;
    char bytes[]; /* FRAME_HEADROOM, then the text */
};

/** New frame with a copy of the text; NULL when out of memory. Returned owned. */
struct frame *frame_new(struct span text);
/** One more reference. */
struct frame *frame_ref(struct frame *f);
/** NULL is fine. */
void frame_unref(struct frame *f);
static inline char *frame_text(struct frame *f)
{
    return f->bytes + FRAME_HEADROOM;
}

#endif
