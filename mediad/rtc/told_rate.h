/*
 * What a publisher is told that it may send of a video: the least of what its receivers can take,
 * falling at once and rising slowly. Pure.
 */
#ifndef NEREID_MEDIAD_RTC_TOLD_RATE_H
#define NEREID_MEDIAD_RTC_TOLD_RATE_H

#include <stdbool.h>
#include <stdint.h>

/** Nothing is known, or there is no limit. */
#define TOLD_RATE_UNKNOWN INT64_MAX
/** Whatever is reported, a publisher may send so much: a small picture that moves. */
#define TOLD_RATE_MIN_BPS 150000
/** Of a picture no receiver makes use of more; told when none has a lower limit. */
#define TOLD_RATE_MAX_BPS 2500000
/** What another worker said is forgotten after this time. */
#define TOLD_RATE_AGE_US INT64_C(30000000)

/** What a publisher is told. Zeroed: nothing yet. */
struct told_rate {
    int64_t bps;
    int64_t at_us; /* 0: nothing yet */
};

/**
 * Falls at once, rises by half a second at most, so that a receiver that leaves or a layer that
 * changes its receivers makes no burst.
 * @param least_bps of all receivers, or TOLD_RATE_UNKNOWN
 * @param max_bps the limit when no receiver has one
 * @return the new rate: TOLD_RATE_MIN_BPS at least, but never over max_bps
 */
int64_t told_rate_update(struct told_rate *t, int64_t least_bps, int64_t max_bps, int64_t now_us);

/** Does a publisher that sends so much do as it was told? Rates vary by an eighth. */
bool told_rate_is_kept(int64_t told_bps, int64_t bps);

/** Is it worth to tell the publisher before its next report is due? */
bool told_rate_is_over(const struct told_rate *t, int64_t bps);

#endif
