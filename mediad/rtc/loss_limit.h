/*
 * What loss says of a line's rate. A line that loses at random loses the same share at any rate,
 * and sending less would help nobody; one that drops what exceeds a rate (a policer, a short queue)
 * loses less when less is sent. So when much more is lost than usual, less is sent for a moment,
 * and what is lost then decides. Pure.
 */
#ifndef NEREID_MEDIAD_RTC_LOSS_LIMIT_H
#define NEREID_MEDIAD_RTC_LOSS_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/** Zeroed: nothing is known. */
struct loss_limit {
    double usual;    /* share that is lost at any rate */
    double share;    /* in the last window */
    bool is_high;    /* more than usual */
    unsigned n_high; /* windows in a row */
    bool is_testing;
    double tested; /* share that started the test */
    int64_t tested_sent_bps;
    int64_t before_bps; /* the rate before the test */
    int64_t since_us;   /* of the test */
    uint8_t n_doubts;   /* tests in a row that spoke against a known limit */
    int64_t limit_bps;  /* what came through when it last helped */
    int64_t limited_us; /* when it last helped to send less; 0: never */
};

/**
 * @param lost of n packets, within half a second or more
 * @param sent_bps the rate at which they were sent
 * @param bps what is allowed now
 * @return what shall be allowed
 */
int64_t loss_limit_judge(struct loss_limit *l, uint32_t lost, uint32_t n, int64_t sent_bps,
                         int64_t bps, int64_t now_us);

/** The rate was changed for another reason: a test says nothing any more. */
void loss_limit_abandon(struct loss_limit *l);
/** Is the line known to drop what exceeds a rate? Then a short burst that passes says nothing. */
bool loss_limit_is_known(const struct loss_limit *l, int64_t now_us);

#endif
