/*
 * Since when something is so, without a break. Pure.
 */
#ifndef NEREID_MEDIAD_RTC_SINCE_H
#define NEREID_MEDIAD_RTC_SINCE_H

#include <stdbool.h>
#include <stdint.h>

/** @param since_us when it became so; 0: it is not @param now_us not 0 */
static inline void since_note(int64_t *since_us, bool is_so, int64_t now_us)
{
    if (!is_so)
        *since_us = 0;
    else if (*since_us == 0)
        *since_us = now_us;
}

#endif
