#include "mediad/rtc/loss_limit.h"

#include "common/now.h"

/* So much more than usual is worth a test, and where a limit is known. */
#define EXCESS_MIN 0.1
#define EXCESS_KNOWN_MIN 0.04
/* Less than this may be chance, unless it is so twice in a row. */
#define MUCH 0.2
#define HIGH_MIN 2
/* Standard deviations of what is lost by chance. */
#define SIGMAS 3.0
/* A limit shows when less is lost after the test than this part of what was lost before. */
#define HELPED 0.6
/* No line is left to lose more than that. */
#define USUAL_MAX 0.15
/* So long a limit is believed in. */
#define KNOWN_US (30 * US_PER_S)
/* Tests in a row by which a limit that was known is none; one will do far below it. */
#define DOUBTS_MAX 3
/* Nobody sends less: the test is over. */
#define TEST_MAX_US (3 * US_PER_S)

static bool is_high(const struct loss_limit *l, double share, uint32_t n, bool is_known)
{
    double excess = share - l->usual - (is_known ? EXCESS_KNOWN_MIN : EXCESS_MIN);

    return excess > 0 && excess * excess > SIGMAS * SIGMAS * l->usual * (1 - l->usual) / n;
}

void loss_limit_abandon(struct loss_limit *l)
{
    l->is_testing = false;
    l->is_high = false;
    l->n_high = 0;
}

bool loss_limit_is_known(const struct loss_limit *l, int64_t now_us)
{
    return l->limited_us != 0 && now_us - l->limited_us < KNOWN_US;
}

static int64_t start_test(struct loss_limit *l, int64_t sent_bps, int64_t bps, int64_t now_us)
{
    int64_t through_bps = (int64_t)((double)sent_bps * (1 - l->share) / (1 - l->usual) * 0.95);

    if (loss_limit_is_known(l, now_us) && through_bps < l->limit_bps / 2)
        through_bps = l->limit_bps / 2;
    l->is_testing = true;
    l->tested = l->share;
    l->tested_sent_bps = sent_bps;
    if (l->n_doubts == 0)
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
    if (l->share < l->tested * HELPED) {
        l->limited_us = now_us;
        l->limit_bps = (int64_t)((double)l->tested_sent_bps * (1 - l->tested));
        l->n_doubts = 0;
        return bps;
    }
    if (loss_limit_is_known(l, now_us) && ++l->n_doubts < DOUBTS_MAX &&
        sent_bps > l->limit_bps / 4 * 3)
        return bps;
    l->limited_us = 0;
    l->n_doubts = 0;
    l->is_high = false;
    l->usual = (l->share + l->tested) / 2;
    if (l->usual > USUAL_MAX) {
        l->usual = USUAL_MAX;
        return bps;
    }
    return l->before_bps > bps ? l->before_bps : bps;
}

int64_t loss_limit_judge(struct loss_limit *l, uint32_t lost, uint32_t n, int64_t sent_bps,
                         int64_t bps, int64_t now_us)
{
    bool is_known = loss_limit_is_known(l, now_us);

    if (n == 0)
        return bps;
    l->share = lost < n ? (double)lost / n : 1;
    l->is_high = is_high(l, l->share, n, is_known);
    if (l->is_testing)
        return end_test(l, sent_bps, bps, now_us);
    l->n_high = l->is_high ? l->n_high + 1 : 0;
    if (l->is_high && !is_known && l->share < MUCH && l->n_high < HIGH_MIN)
        return bps;
    if (l->is_high) {
        if (is_known)
            l->limited_us = now_us;
        return start_test(l, sent_bps, bps, now_us);
    }
    if (l->share < l->usual)
        l->usual += (l->share - l->usual) / 4;
    return bps;
}
