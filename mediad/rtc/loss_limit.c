#include "mediad/rtc/loss_limit.h"

#include "common/now.h"

/* So much more than usual is worth a test. */
#define EXCESS_MIN 0.03
/* Standard deviations of what is lost by chance. */
#define SIGMAS 3.0
/* A limit shows when less is lost after the test than this part of what was lost before. */
#define HELPED 0.6
/* Lost at most so much while the line is not made use of: it is the line's way. */
#define LOSSY_MAX 0.2
#define TEST_MAX_US (3 * US_PER_S)

static bool is_high(const struct loss_limit *l, double share, uint32_t n)
{
    double excess = share - l->usual - EXCESS_MIN;

    return excess > 0 && excess * excess > SIGMAS * SIGMAS * l->usual * (1 - l->usual) / n;
}

static int64_t start_test(struct loss_limit *l, int64_t sent_bps, int64_t bps, int64_t now_us)
{
    int64_t through_bps = (int64_t)((double)sent_bps * (1 - l->share) / (1 - l->usual) * 0.95);

    l->is_testing = true;
    l->tested = l->share;
    l->tested_sent_bps = sent_bps;
    l->before_bps = bps;
    l->since_us = now_us;
    return through_bps < bps ? through_bps : bps;
}

/* Did it help to send less? */
static int64_t end_test(struct loss_limit *l, int64_t sent_bps, int64_t bps, int64_t now_us)
{
    if (sent_bps > l->tested_sent_bps / 100 * 95) {
        /* nobody sends less yet */
        l->is_testing = now_us - l->since_us < TEST_MAX_US;
        return bps;
    }
    l->is_testing = false;
    if (l->share < l->tested * HELPED)
        return bps;
    l->usual = (l->share + l->tested) / 2;
    l->is_high = false;
    return l->before_bps > bps ? l->before_bps : bps;
}

int64_t loss_limit_judge(struct loss_limit *l, uint32_t lost, uint32_t n, int64_t sent_bps,
                         int64_t bps, int64_t now_us)
{
    if (n == 0)
        return bps;
    l->share = lost < n ? (double)lost / n : 1;
    l->is_high = is_high(l, l->share, n);
    if (l->is_testing)
        return end_test(l, sent_bps, bps, now_us);
    if (!l->is_high) {
        if (l->share < l->usual)
            l->usual += (l->share - l->usual) / 8;
        return bps;
    }
    if (sent_bps < bps / 5 * 4 && l->share < LOSSY_MAX) {
        l->usual += (l->share - l->usual) / 2;
        return bps;
    }
    if (l->usual > 0.9)
        l->usual = 0.9;
    return start_test(l, sent_bps, bps, now_us);
}
