/*
 * A rate that rises slowly while a line is well and falls when it is not (additive or
 * multiplicative increase, multiplicative decrease: draft-ietf-rmcat-gcc-02 section 5.5). Pure.
 */
#ifndef NEREID_MEDIAD_RTC_RATE_CONTROL_H
#define NEREID_MEDIAD_RTC_RATE_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#define RATE_CONTROL_START_BPS 1000000
#define RATE_CONTROL_MIN_BPS 50000
#define RATE_CONTROL_MAX_BPS 100000000

struct rate_control {
    int64_t bps;
    int64_t limit_bps;   /* what came through when the line was full last; 0: not known */
    int64_t drained_bps; /* what is allowed again when the queue has gone; 0: no more */
    int64_t decreased_us;
    int64_t increased_us;
};

/** RATE_CONTROL_START_BPS, and nothing known of the line. */
void rate_control_init(struct rate_control *c, int64_t now_us);
/** The line is full. @param acked_bps what comes through @param queue_us what waits, which shall go
 * @return true: it fell */
bool rate_control_decrease(struct rate_control *c, int64_t acked_bps, int64_t queue_us,
                           int64_t now_us);
/** The queue has gone. */
void rate_control_drained(struct rate_control *c);
/** The line is well. @param acked_bps what comes through; -1: not known
 *  @param response_us after which a change shows
 *  @param trusted_bps so much may be tried, although nothing like it came through yet; 0: nothing
 */
void rate_control_increase(struct rate_control *c, int64_t acked_bps, int64_t response_us,
                           int64_t trusted_bps, int64_t now_us);
/** Neither. */
void rate_control_hold(struct rate_control *c, int64_t now_us);
/** Another rate, found out elsewhere (a probe, loss); bounded by RATE_CONTROL_MIN_BPS and
 * RATE_CONTROL_MAX_BPS. What is known of the line stays as it is. */
void rate_control_set(struct rate_control *c, int64_t bps);

#endif
