#include "mediad/record/sound.h"

#include "mediad/record/opus_packet.h"

bool sound_place(const struct sound *s, int64_t at, unsigned samples, int64_t *fill)
{
    int64_t hole = at - s->end;

    *fill = 0;
    if (s->end == 0 && at < 0)
        return false; /* the file begins later */
    if (hole >= OPUS_FRAME || s->end == 0)
        *fill = hole / OPUS_SMALLEST * OPUS_SMALLEST;
    return hole > -(int64_t)samples;
}
