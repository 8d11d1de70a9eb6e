#include "mediad/rtc/told_rate.h"

#include "common/now.h"

/* A longer interval says nothing of how fast it may rise. */
#define INTERVAL_MAX_US US_PER_S

int64_t told_rate_update(struct told_rate *t, int64_t least_bps, int64_t max_bps, int64_t now_us)
{
    int64_t passed_us = now_us - t->at_us;
    int64_t bps = least_bps > TOLD_RATE_MIN_BPS ? least_bps : TOLD_RATE_MIN_BPS;

    if (bps > max_bps)
        bps = max_bps;
    if (passed_us > INTERVAL_MAX_US)
        passed_us = INTERVAL_MAX_US;
    if (t->at_us != 0 && bps > t->bps) {
        int64_t reach_bps = t->bps + t->bps / 2 * passed_us / US_PER_S;

        if (bps > reach_bps)
            bps = reach_bps;
    }
    t->bps = bps;
    t->at_us = now_us;
    return bps;
}

bool told_rate_is_kept(int64_t told_bps, int64_t bps)
{
    return bps <= told_bps + told_bps / 8;
}

bool told_rate_is_over(const struct told_rate *t, int64_t bps)
{
    if (bps < TOLD_RATE_MIN_BPS)
        bps = TOLD_RATE_MIN_BPS;
    return t->at_us != 0 && bps < t->bps - t->bps / 32;
}
