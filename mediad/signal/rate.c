#include "mediad/signal/rate.h"

#include "common/now.h"

enum rate_verdict rate_take(struct rate *r, int64_t per_second, int64_t burst,
                            unsigned weight_percent, int64_t now_us, int64_t *pause_us)
{
    int64_t message_us = US_PER_S / per_second, allowed_us = burst * message_us;
    int64_t elapsed_us = now_us - r->at_us, over_us;

    r->at_us = now_us;
    if (r->used_us <= elapsed_us) {
        r->used_us = 0;
        r->paused_us = 0;
        r->is_warned = false;
    } else {
        r->used_us -= elapsed_us;
    }
    r->used_us += message_us * weight_percent / 100;
    over_us = r->used_us - allowed_us;
    if (over_us <= 0)
        return RATE_OK;
    *pause_us = over_us;
    r->paused_us += over_us;
    if (r->paused_us > RATE_END_AFTER_US)
        return RATE_END;
    if (r->paused_us > RATE_WARN_AFTER_US && !r->is_warned) {
        r->is_warned = true;
        return RATE_WARN;
    }
    return RATE_PAUSE;
}
