/*
 * Bytes by the time at which they passed, and the rate over the last part of a second. Times may
 * come somewhat out of order, as reports of several connections do. Pure.
 */
#ifndef NEREID_MEDIAD_RTC_RATE_WINDOW_H
#define NEREID_MEDIAD_RTC_RATE_WINDOW_H

#include <stdint.h>

enum {
    RATE_WINDOW_SLOT_US = 25 * 1000,
    RATE_WINDOW_SLOTS = 40, /* so much is kept: a second */
};

/** Zeroed: nothing passed yet. */
struct rate_window {
    int64_t first_us; /* what passed first; 0: nothing yet */
    int64_t newest_us;
    int64_t newest_slot;
    uint32_t bytes[RATE_WINDOW_SLOTS]; /* by slot modulo the number of slots */
};

/** @param at_us > 0; what is older than a second before the newest is not counted */
void rate_window_add(struct rate_window *w, uint32_t bytes, int64_t at_us);

/**
 * The rate over window_us (to the next slot; less than a second) that end at end_us, or earlier
 * when what passed first is younger.
 * @return bit/s; -1: too little time was seen to say
 */
int64_t rate_window_bps(const struct rate_window *w, int64_t window_us, int64_t end_us);

#endif
