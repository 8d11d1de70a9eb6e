/*
 * What a client's line carries as the client says: its own estimates (REMB) of each of its
 * connections, summed, and the loss in its receiver reports. For clients without transport-wide
 * feedback. Pure.
 */
#ifndef NEREID_MEDIAD_RTC_REMOTE_RATE_H
#define NEREID_MEDIAD_RTC_REMOTE_RATE_H

#include "mediad/rtc/loss_limit.h"

/** Nothing is known, or there is no limit. */
#define REMOTE_RATE_UNKNOWN INT64_MAX
/** A report is forgotten after this time. */
#define REMOTE_RATE_AGE_US INT64_C(30000000)

/** One connection's part in the client's sum of REMBs. Embedded in the connection; zeroed: none. */
struct bandwidth_remb {
    uint32_t period;  /* in which it came last */
    int64_t used_bps; /* what it is sent, but no more than it takes */
};

/** Zeroed: nothing is known. */
struct remote_rate {
    /* REMB: of the connections that reported in this period, and of those that did in the one
     * before and not yet in this */
    uint32_t period;
    int64_t period_us; /* since then */
    int64_t remb_us;   /* the last one; 0: none yet */
    int64_t used_bps, used_before_bps;
    int64_t room_bps; /* the most that one of them takes beyond what it is sent */
    int64_t room_us;
    const struct bandwidth_remb *room_of; /* only compared */
    int64_t full_us;                      /* when one of them took less than it was sent */
    /* receiver reports */
    struct loss_limit loss;
    int64_t report_us;       /* the last that counted; 0: none yet */
    uint32_t lost, expected; /* since then */
    bool is_settling;        /* the limit fell: the next report is of what was sent before */
    int64_t limit_bps;       /* REMOTE_RATE_UNKNOWN while little is lost; 0: no report yet */
};

/** @param sent_bps what goes to that connection */
void remote_rate_remb(struct remote_rate *r, struct bandwidth_remb *remb, int64_t bps,
                      int64_t sent_bps, int64_t now_us);
/** The connection ends. */
void remote_rate_forget(struct remote_rate *r, struct bandwidth_remb *remb);
/** @param sent_bps what goes to the client in all */
void remote_rate_report(struct remote_rate *r, uint32_t lost, uint32_t expected, int64_t sent_bps,
                        int64_t now_us);
/** @return bit/s, or REMOTE_RATE_UNKNOWN */
int64_t remote_rate_bps(const struct remote_rate *r, int64_t now_us);

#endif
