/*
 * A token bucket that says how long to pause after going too fast, and remembers for how long a
 * client has been pausing, so that a client that never stops can be ended (SEC-36). Pure.
 */
#ifndef NEREID_MEDIAD_SIGNAL_RATE_H
#define NEREID_MEDIAD_SIGNAL_RATE_H

#include <stdbool.h>
#include <stdint.h>

/** Zeroed is a full bucket. */
struct rate {
    int64_t used_us;   /* how much of the burst is used, as time at the permitted rate */
    int64_t at_us;     /* when used_us was right */
    int64_t paused_us; /* pauses imposed since the bucket was last empty of use */
    bool is_warned;
};

enum rate_verdict {
    RATE_OK,
    RATE_PAUSE, /* stop reading for a while */
    RATE_WARN,  /* as above, and it is time for a warning */
    RATE_END,   /* it had its warning and goes on */
};

#define RATE_WARN_AFTER_US 2000000
#define RATE_END_AFTER_US 10000000

/**
 * Count one message.
 * @param weight_percent 100: one message
 * @param pause_us set unless the verdict is RATE_OK
 */
enum rate_verdict rate_take(struct rate *r, int64_t per_second, int64_t burst,
                            unsigned weight_percent, int64_t now_us, int64_t *pause_us);

#endif
