#include "mediad/rtc/foreign_queue.h"

#include "common/now.h"

#define QUEUE_SHORT_US (40 * US_PER_MS)
/* A queue of ours that gets so much less shrinks. */
#define LESS_PERCENT 93
#define USELESS_MAX 2

void foreign_queue_update(struct foreign_queue *f, int64_t queue_us)
{
    if (queue_us < QUEUE_SHORT_US)
        *f = (struct foreign_queue){0};
}

bool foreign_queue_judge(struct foreign_queue *f, int64_t acked_bps, double rise_ms, bool is_losing)
{
    bool is_steady = rise_ms < FOREIGN_QUEUE_RISE_MAX_MS && !is_losing;

    if (f->is_foreign && is_steady)
        return true;
    if (is_steady && f->acked_bps && acked_bps <= f->acked_bps / 100 * LESS_PERCENT)
        f->n_useless++;
    else
        f->n_useless = 0;
    f->acked_bps = acked_bps;
    f->is_foreign = f->n_useless >= USELESS_MAX;
    return f->is_foreign;
}
