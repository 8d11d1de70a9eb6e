#include "mediad/rtc/rate_control.h"

#include "common/now.h"

/* A longer time without a report gives no more. */
#define STEP_MAX_US US_PER_S
/* What may be sent beyond what was ever seen to come through. */
#define BEYOND_BPS 50000
#define PACKET_BITS 9600
/* Of what comes through, that is what is sent from then on; less while a long queue drains. */
#define DECREASE_PERCENT 85
/* Once nothing waits any more: what came through while the line was full is what it carries. */
#define DRAINED_PERCENT 92
#define DRAIN_PERCENT_MAX 20
/* What is sent below this part of the limit does not fill a line that is as it was. */
#define DOUBT_PERCENT 90
#define DRAIN_FROM_US (80 * US_PER_MS)
#define DRAIN_PER_PERCENT_US (8 * US_PER_MS)

static int64_t at_least(int64_t bps)
{
    return bps > RATE_CONTROL_MIN_BPS ? bps : RATE_CONTROL_MIN_BPS;
}

void rate_control_init(struct rate_control *c, int64_t now_us)
{
    *c = (struct rate_control){.bps = RATE_CONTROL_START_BPS, .increased_us = now_us};
}

void rate_control_set(struct rate_control *c, int64_t bps)
{
    c->bps = at_least(bps < RATE_CONTROL_MAX_BPS ? bps : RATE_CONTROL_MAX_BPS);
}

/* Less is sent than what came through when the line was full last, and little waits: that may be
 * chance, and the line as wide as it was. If it is not, it will be full again soon. */
static bool is_doubtful(const struct rate_control *c, int64_t acked_bps, int64_t queue_us)
{
    return acked_bps < c->limit_bps / 100 * DOUBT_PERCENT && queue_us < DRAIN_FROM_US &&
           c->bps > c->limit_bps / 100 * DECREASE_PERCENT;
}

bool rate_control_decrease(struct rate_control *c, int64_t acked_bps, int64_t queue_us,
                           int64_t now_us)
{
    int64_t extra = (queue_us - DRAIN_FROM_US) / DRAIN_PER_PERCENT_US;
    int64_t bps;

    if (is_doubtful(c, acked_bps, queue_us))
        acked_bps = c->limit_bps;
    if (extra < 0)
        extra = 0;
    if (extra > DRAIN_PERCENT_MAX)
        extra = DRAIN_PERCENT_MAX;
    bps = at_least(acked_bps / 100 * (DECREASE_PERCENT - extra));
    c->increased_us = now_us;
    if (bps >= c->bps)
        return false;
    c->bps = bps;
    c->drained_bps = acked_bps / 100 * DRAINED_PERCENT;
    c->limit_bps = acked_bps;
    c->decreased_us = now_us;
    return true;
}

void rate_control_drained(struct rate_control *c)
{
    if (c->drained_bps > c->bps)
        rate_control_set(c, c->drained_bps);
    c->drained_bps = 0;
}

/* Close to the last known limit it goes by half a packet in each time of response. */
static int64_t step_bps(const struct rate_control *c, int64_t passed_us, int64_t response_us)
{
    int64_t step = c->bps * 8 / 100;

    if (c->limit_bps && c->bps > c->limit_bps / 100 * 80) {
        int64_t additive = PACKET_BITS / 2 * US_PER_S / response_us;

        if (additive < c->bps / 50)
            additive = c->bps / 50;
        if (additive < step)
            step = additive;
    }
    return step * passed_us / US_PER_S;
}

void rate_control_increase(struct rate_control *c, int64_t acked_bps, int64_t response_us,
                           int64_t trusted_bps, int64_t now_us)
{
    int64_t passed_us = now_us - c->increased_us;
    int64_t most_bps = acked_bps + acked_bps / 2 + BEYOND_BPS;
    int64_t bps;

    if (most_bps < trusted_bps)
        most_bps = trusted_bps;
    c->increased_us = now_us;
    if (acked_bps < 0 || passed_us <= 0)
        return;
    if (passed_us > STEP_MAX_US)
        passed_us = STEP_MAX_US;
    if (response_us < 50 * US_PER_MS)
        response_us = 50 * US_PER_MS;
    bps = c->bps + step_bps(c, passed_us, response_us);
    if (bps > most_bps)
        bps = most_bps;
    if (bps > c->bps)
        rate_control_set(c, bps);
    if (c->limit_bps && c->bps > c->limit_bps / 100 * 125)
        c->limit_bps = 0;
}

void rate_control_hold(struct rate_control *c, int64_t now_us)
{
    c->increased_us = now_us;
}
