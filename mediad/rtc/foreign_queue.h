/*
 * Is it our packets that make a long queue? When less and less of them is sent and it stays as it
 * is, somebody else keeps it full (a download beside us); to give way further would leave us
 * nothing. Pure.
 */
#ifndef NEREID_MEDIAD_RTC_FOREIGN_QUEUE_H
#define NEREID_MEDIAD_RTC_FOREIGN_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

/** One that grows faster than this gets more than it did, perhaps of ours. */
#define FOREIGN_QUEUE_RISE_MAX_MS 30.0

/** Zeroed: there is no queue. */
struct foreign_queue {
    int64_t acked_bps; /* what came through when less was sent last because of it; 0: not yet */
    uint8_t n_useless; /* times that it did not help */
    bool is_foreign;
    int64_t since_us;
};

/** After each report. @param queue_us what stands now; a queue of others may come back after it was
 * short, so it is remembered for a while */
void foreign_queue_update(struct foreign_queue *f, int64_t queue_us, int64_t now_us);

/**
 * Less should be sent: is it of any use?
 * @param acked_bps what comes through @param rise_ms of the queue over the last 400 ms
 * @param is_losing the queue drops packets of ours
 */
bool foreign_queue_judge(struct foreign_queue *f, int64_t acked_bps, double rise_ms, bool is_losing,
                         int64_t now_us);

#endif
