#include "mediad/rtc/remote_rate.h"

#include "common/now.h"

/* A connection that reported in neither of the last two is gone; each reports once a second. */
#define PERIOD_US (REMOTE_RATE_AGE_US / 2)
/* When one connection's estimate is the limit, others see no room either, for so long. */
#define FULL_US (2 * US_PER_S)
#define ROOM_AGE_US (5 * US_PER_S)
/* Rates above this are not worth a number; sums stay in range. */
#define BPS_MAX INT64_C(1073741824)
#define RATE_MIN_BPS 50000
/* Shorter intervals, and fewer packets, say little. */
#define REPORT_US US_PER_S
#define EXPECTED_MIN 20
#define REPORT_PACKETS_MAX 100000

static bool is_fresh(int64_t at_us, int64_t now_us)
{
    return at_us != 0 && now_us - at_us <= REMOTE_RATE_AGE_US;
}

/* ---- REMB ---- */

static void begin_period(struct remote_rate *r, int64_t now_us)
{
    if (r->remb_us != 0 && now_us - r->period_us < PERIOD_US)
        return;
    r->used_before_bps = is_fresh(r->remb_us, now_us) ? r->used_bps : 0;
    r->used_bps = 0;
    /* two on: what is left of the one before is gone, too */
    r->period += is_fresh(r->remb_us, now_us) ? 1 : 2;
    if (r->period == 0)
        r->period = 2;
    r->period_us = now_us;
}

static void leave(struct remote_rate *r, const struct bandwidth_remb *remb)
{
    if (remb->period == 0)
        return;
    if (remb->period == r->period)
        r->used_bps -= remb->used_bps;
    else if (remb->period + 1 == r->period)
        r->used_before_bps -= remb->used_bps;
}

static void note_room(struct remote_rate *r, const struct bandwidth_remb *remb, int64_t room_bps,
                      int64_t now_us)
{
    if (remb != r->room_of && room_bps < r->room_bps && now_us - r->room_us < ROOM_AGE_US)
        return;
    r->room_of = remb;
    r->room_bps = room_bps;
    r->room_us = now_us;
}

void remote_rate_remb(struct remote_rate *r, struct bandwidth_remb *remb, int64_t bps,
                      int64_t sent_bps, int64_t now_us)
{
    if (bps > BPS_MAX)
        bps = BPS_MAX;
    if (bps < 0)
        bps = 0;
    if (sent_bps < 0)
        sent_bps = 0;
    begin_period(r, now_us);
    leave(r, remb);
    remb->period = r->period;
    remb->used_bps = sent_bps < bps ? sent_bps : bps;
    r->used_bps += remb->used_bps;
    r->remb_us = now_us;
    note_room(r, remb, bps - remb->used_bps, now_us);
    if (bps < sent_bps)
        r->full_us = now_us;
}

void remote_rate_forget(struct remote_rate *r, struct bandwidth_remb *remb)
{
    leave(r, remb);
    if (r->room_of == remb) {
        r->room_of = NULL;
        r->room_bps = 0;
    }
    *remb = (struct bandwidth_remb){0};
}

static int64_t remb_bps(const struct remote_rate *r, int64_t now_us)
{
    int64_t bps = r->used_bps + r->used_before_bps;

    if (!is_fresh(r->remb_us, now_us))
        return REMOTE_RATE_UNKNOWN;
    if (r->full_us == 0 || now_us - r->full_us > FULL_US)
        bps += r->room_bps;
    return bps > RATE_MIN_BPS ? bps : RATE_MIN_BPS;
}

/* ---- receiver reports ---- */

/* At 8 % a second. */
static int64_t raise(int64_t bps, int64_t passed_us)
{
    if (passed_us > US_PER_S)
        passed_us = US_PER_S;
    bps += bps * 8 / 100 * passed_us / US_PER_S;
    return bps < BPS_MAX ? bps : REMOTE_RATE_UNKNOWN;
}

static void judge(struct remote_rate *r, int64_t sent_bps, int64_t passed_us, int64_t now_us)
{
    int64_t before_bps = r->limit_bps;

    if (sent_bps <= 0)
        return;
    r->limit_bps = loss_limit_judge(&r->loss, r->lost, r->expected, sent_bps, r->limit_bps, now_us);
    if (r->limit_bps < RATE_MIN_BPS)
        r->limit_bps = RATE_MIN_BPS;
    r->is_settling = r->limit_bps < before_bps;
    if (r->limit_bps != REMOTE_RATE_UNKNOWN && !r->loss.is_high && !r->loss.is_testing &&
        sent_bps > r->limit_bps / 4 * 3)
        r->limit_bps = raise(r->limit_bps, passed_us);
}

void remote_rate_report(struct remote_rate *r, uint32_t lost, uint32_t expected, int64_t sent_bps,
                        int64_t now_us)
{
    int64_t passed_us = now_us - r->report_us;

    if (!is_fresh(r->report_us, now_us)) {
        r->loss = (struct loss_limit){0};
        r->limit_bps = REMOTE_RATE_UNKNOWN;
        r->lost = r->expected = 0;
        r->report_us = now_us;
        return;
    }
    if (expected > REPORT_PACKETS_MAX || r->expected > REPORT_PACKETS_MAX)
        return;
    r->expected += expected;
    r->lost += lost < expected ? lost : expected;
    if (passed_us < REPORT_US || r->expected < EXPECTED_MIN)
        return;
    if (r->is_settling)
        r->is_settling = false;
    else
        judge(r, sent_bps, passed_us, now_us);
    r->lost = r->expected = 0;
    r->report_us = now_us;
}

int64_t remote_rate_bps(const struct remote_rate *r, int64_t now_us)
{
    int64_t bps = remb_bps(r, now_us);

    if (is_fresh(r->report_us, now_us) && r->limit_bps < bps)
        bps = r->limit_bps;
    return bps;
}
