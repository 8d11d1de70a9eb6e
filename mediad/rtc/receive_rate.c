#include "mediad/rtc/receive_rate.h"

#include "common/now.h"

/* of 256 */
#define LOSS_HIGH 25
#define LOSS_LOW 5
/* More packets between two reports: another numbering. */
#define EXPECTED_MAX 65536
/* A longer interval says nothing of how fast it may rise. */
#define INTERVAL_MAX_US US_PER_S
/* Rates above this are not worth a number; products of two stay in range. */
#define BPS_MAX INT64_C(1073741824)

static bool is_fresh(int64_t at_us, int64_t now_us)
{
    return at_us != 0 && now_us - at_us <= RECEIVE_RATE_AGE_US;
}

void receive_rate_remb(struct receive_rate *r, int64_t bps, int64_t now_us)
{
    r->remb_bps = bps > RECEIVE_RATE_MIN_BPS ? bps : RECEIVE_RATE_MIN_BPS;
    r->remb_us = now_us;
}

void receive_rate_start(struct receive_rate *r, uint64_t sent_bytes, int64_t now_us)
{
    r->loss_bps = RECEIVE_RATE_UNKNOWN;
    r->loss_us = now_us;
    r->sent_bps = 0;
    r->sent_bytes = sent_bytes;
    r->has_report = false;
}

/* At 8 % a second. */
static int64_t raise(int64_t bps, int64_t passed_us)
{
    if (passed_us > INTERVAL_MAX_US)
        passed_us = INTERVAL_MAX_US;
    bps += bps * 8 / 100 * passed_us / US_PER_S;
    return bps < BPS_MAX ? bps : RECEIVE_RATE_UNKNOWN;
}

/* Of 256, since the last report that counted, or -1: nothing was received, or it counts anew. */
static int lost_share(const struct receive_rate *r, const struct rtcp_report *report)
{
    if (!r->has_report)
        return report->fraction_lost;
    uint32_t expected = report->highest_seq - r->highest_seq;
    int64_t lost = (int64_t)report->lost - r->lost;

    if (expected == 0 || expected > EXPECTED_MAX)
        return -1;
    if (lost < 0) /* duplicates */
        lost = 0;
    return lost < expected ? (int)(lost * 256 / expected) : 255;
}

static void judge(struct receive_rate *r, int share, int64_t sent_bps, int64_t passed_us)
{
    /* What is reported as lost was sent a little earlier: perhaps at the rate of before. */
    int64_t higher_bps = sent_bps > r->sent_bps ? sent_bps : r->sent_bps;

    if (share > LOSS_HIGH) {
        int64_t through_bps = higher_bps * (256 - share) / 256;

        if (through_bps < RECEIVE_RATE_MIN_BPS)
            through_bps = RECEIVE_RATE_MIN_BPS;
        if (through_bps < r->loss_bps)
            r->loss_bps = through_bps;
    } else if (share >= 0 && share < LOSS_LOW && r->loss_bps != RECEIVE_RATE_UNKNOWN &&
               higher_bps >= r->loss_bps / 4 * 3) {
        r->loss_bps = raise(r->loss_bps, passed_us);
    }
}

void receive_rate_report(struct receive_rate *r, const struct rtcp_report *report,
                         uint64_t sent_bytes, int64_t now_us)
{
    int64_t passed_us = now_us - r->loss_us;

    if (!is_fresh(r->loss_us, now_us)) {
        receive_rate_start(r, sent_bytes, now_us);
    } else if (passed_us < RECEIVE_RATE_INTERVAL_US) {
        return;
    } else {
        int64_t sent_bps = (int64_t)(sent_bytes - r->sent_bytes) * 8 * US_PER_S / passed_us;

        judge(r, lost_share(r, report), sent_bps, passed_us);
        r->loss_us = now_us;
        r->sent_bytes = sent_bytes;
        r->sent_bps = sent_bps;
    }
    r->has_report = true;
    r->highest_seq = report->highest_seq;
    r->lost = report->lost;
}

int64_t receive_rate_bps(const struct receive_rate *r, int64_t now_us)
{
    int64_t bps = is_fresh(r->loss_us, now_us) ? r->loss_bps : RECEIVE_RATE_UNKNOWN;

    if (is_fresh(r->remb_us, now_us) && r->remb_bps < bps)
        bps = r->remb_bps;
    return bps;
}

bool receive_rate_is_exceeded(const struct receive_rate *r, int64_t sent_bps, int64_t now_us)
{
    int64_t bps = receive_rate_bps(r, now_us);

    /* half as much again: what a picture or two more make of a rate is no congestion */
    return bps != RECEIVE_RATE_UNKNOWN && sent_bps > bps + bps / 2;
}

int64_t told_rate_update(struct told_rate *t, int64_t least_bps, int64_t max_bps, int64_t now_us)
{
    int64_t passed_us = now_us - t->at_us;
    int64_t bps = least_bps > RECEIVE_RATE_MIN_BPS ? least_bps : RECEIVE_RATE_MIN_BPS;

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

bool told_rate_is_over(const struct told_rate *t, int64_t bps)
{
    if (bps < RECEIVE_RATE_MIN_BPS)
        bps = RECEIVE_RATE_MIN_BPS;
    return t->at_us != 0 && bps < t->bps - t->bps / 32;
}
