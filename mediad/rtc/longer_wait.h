/*
 * How long something is left alone that failed: longer each time, until it has not for a while.
 * Pure.
 */
#ifndef NEREID_MEDIAD_RTC_LONGER_WAIT_H
#define NEREID_MEDIAD_RTC_LONGER_WAIT_H

#include <stdint.h>

#include "common/now.h"

/** After so long without a failure earlier ones do not count. */
#define LONGER_WAIT_FORGIVEN_US (180 * US_PER_S)

/** @param us the first time; doubled with each failure, at most `max` times
 * @param n failures so far, counted here @param last_us when the last wait ended */
static inline int64_t longer_wait_us(int64_t us, uint8_t *n, uint8_t max, int64_t last_us,
                                     int64_t now_us)
{
    if (now_us - last_us > LONGER_WAIT_FORGIVEN_US)
        *n = 0;
    us <<= *n;
    if (*n < max)
        ++*n;
    return us;
}

#endif
