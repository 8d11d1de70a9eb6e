#include "mediad/rtc/foreign_queue.h"

#include "common/now.h"

#define QUEUE_SHORT_US (40 * US_PER_MS)
/* A queue of ours that gets so much less shrinks. */
#define LESS_PERCENT 93
#define USELESS_MAX 2
#define REMEMBERED_US (10 * US_PER_S)

void foreign_queue_update(struct foreign_queue *f, int64_t queue_us, int64_t now_us)
{
    if (f->is_foreign ? now_us - f->since_us > REMEMBERED_US : queue_us < QUEUE_SHORT_US)
        *f = (struct foreign_queue){0};
}

bool foreign_queue_judge(struct foreign_queue *f, int64_t acked_bps, double rise_ms, bool is_losing,
                         int64_t now_us)
{
    bool is_steady = rise_ms < FOREIGN_QUEUE_RISE_MAX_MS && !is_losing;

    if (!is_steady) {
        *f = (struct foreign_queue){.acked_bps = acked_bps};
        return false;
    }
    if (f->is_foreign)
        return true;
    if (f->acked_bps == 0) {
        f->acked_bps = acked_bps;
    } else if (acked_bps <= f->acked_bps / 100 * LESS_PERCENT) {
        f->acked_bps = acked_bps;
        f->n_useless++;
    }
    f->is_foreign = f->n_useless >= USELESS_MAX;
    f->since_us = now_us;
    return f->is_foreign;
}
