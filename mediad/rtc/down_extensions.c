#include "mediad/rtc/down_extensions.h"

#include "mediad/rtc/rtp.h"

void down_extensions_restart(struct down_extensions *x)
{
    x->is_restarting = x->has_frame;
}

/* Frame numbers are differences to others: all shift by the same, so that they go on. */
static void follow_numbers(struct down_extensions *x, uint16_t frame_number)
{
    uint16_t number;

    if (x->is_restarting)
        x->frame_shift = (uint16_t)(x->newest + 1 - frame_number);
    x->is_restarting = false;
    number = (uint16_t)(frame_number + x->frame_shift);
    if (!x->has_frame || rtp_seq_diff(number, x->newest) > 0)
        x->newest = number;
    x->has_frame = true;
}

/* Of the publisher's targets those up to the receiver's own. */
static uint16_t targets_sent(const struct packet_descriptor *d, uint8_t target)
{
    uint16_t sent = 0;

    for (unsigned i = 0; i < d->n_targets; i++) {
        uint8_t other = d->targets[i / 2] >> (4 * (i % 2)) & 0x0f;

        if (other / TARGET_LAYERS <= target / TARGET_LAYERS &&
            other % TARGET_LAYERS <= target % TARGET_LAYERS)
            sent |= (uint16_t)(d->active & 1u << i);
    }
    return sent;
}

struct span down_extensions_descriptor(struct down_extensions *x, const struct packet *p,
                                       uint8_t *out)
{
    const struct packet_descriptor *d = &p->descriptor;
    uint16_t sent;

    if (!d->len)
        return span_of(NULL, 0);
    follow_numbers(x, (uint16_t)(p->data[d->at + 1] << 8 | p->data[d->at + 2]));
    sent = targets_sent(d, x->target);
    if (p->info.keyframe == KEYFRAME_YES)
        x->is_limited = false; /* its structure says that all are active */
    x->is_limited = x->is_limited || sent != d->active;
    return span_of(out, dependency_write(out, span_of(p->data + d->at, d->len), &d->layout,
                                         x->frame_shift, x->is_limited ? d->n_targets : 0, sent));
}
