#include "mediad/rtc/consent.h"

#include "common/now.h"

void consent_start(struct consent *c, int64_t now_us)
{
    *c = (struct consent){.last_us = now_us, .window_us = now_us};
}

static bool allow_one(struct consent *c, unsigned *n, unsigned max, int64_t now_us)
{
    if (now_us - c->window_us >= US_PER_S) {
        c->window_us = now_us;
        c->checks = 0;
        c->repeats = 0;
    }
    if (*n >= max)
        return false;
    ++*n;
    return true;
}

bool consent_allows_check(struct consent *c, int64_t now_us)
{
    return allow_one(c, &c->checks, CONSENT_CHECKS_PER_S, now_us);
}

bool consent_allows_repeat(struct consent *c, int64_t now_us)
{
    return allow_one(c, &c->repeats, CONSENT_REPEATS_PER_S, now_us);
}

void consent_renew(struct consent *c, int64_t now_us)
{
    c->last_us = now_us;
}

enum consent_state consent_state(const struct consent *c, int64_t now_us)
{
    int64_t age_us = now_us - c->last_us;

    if (age_us >= CONSENT_LOST_US)
        return CONSENT_LOST;
    return age_us >= CONSENT_DISCONNECTED_US ? CONSENT_STALE : CONSENT_FRESH;
}
