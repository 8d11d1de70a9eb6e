#include "mediad/frame.h"

#include <stdlib.h>
#include <string.h>

struct frame *frame_new(struct span text)
{
    struct frame *f = malloc(sizeof *f + FRAME_HEADROOM + text.len);

    if (!f)
        return NULL;
    f->refs = 1;
    f->len = text.len;
    memset(f->bytes, 0, FRAME_HEADROOM);
    if (text.len > 0)
        memcpy(frame_text(f), text.data, text.len);
    return f;
}

struct frame *frame_ref(struct frame *f)
{
    f->refs++;
    return f;
}

void frame_unref(struct frame *f)
{
    if (f && --f->refs == 0)
        free(f);
}
