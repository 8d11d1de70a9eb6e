/*
 * Packets of one video that must not leave all at once: a keyframe is sent over some tens of
 * milliseconds where the receiver's line is narrow, so that its queue, and sound in it, does not
 * overflow. A token bucket in front of a FIFO, which leaves faster the more waits in it. Pure but
 * for the memory of the queue, which is there only while packets wait.
 */
#ifndef NEREID_MEDIAD_RTC_PACER_H
#define NEREID_MEDIAD_RTC_PACER_H

#include "common/error.h"
#include "mediad/rtc/down_sender.h"

enum {
    PACER_PACKETS_MAX = 1024,
    PACER_AGE_MAX_US = 500 * 1000,  /* what waits longer is of no use any more */
    PACER_REST_MAX_US = 500 * 1000, /* a line's queue that takes longer is not waited for */
};

struct paced_packet {
    struct packet *packet; /* one reference, its user's to give up */
    struct outgoing out;
    int64_t since_us;
};

/** Zeroed: nothing waits, and nothing has to. */
struct pacer {
    int64_t rate_bps; /* 0: as it comes */
    bool is_strict;
    int64_t tokens;    /* bytes that may leave at once; below 0 after the last packets */
    int64_t filled_us; /* as of then; ahead: nothing leaves before */
    int64_t rested_us; /* until when it rested last */
    int64_t waiting_bytes;
    struct paced_packet *queue; /* owned ring */
    unsigned size, first, n;
};

/** @param rate_bps 0: as it comes. What waits leaves at the new rate. @param is_strict no faster
 * than that, however much waits; else within a quarter of a second or so */
void pacer_set_rate(struct pacer *p, int64_t rate_bps, bool is_strict, int64_t now_us);
/** Nothing leaves before this time, for PACER_REST_MAX_US at most, and nothing is saved up or owed
 * then. Without a rate all leaves as it comes. */
void pacer_rest(struct pacer *p, int64_t until_us, int64_t now_us);
/** May a packet leave now, ahead of nothing that waits? */
bool pacer_is_open(struct pacer *p, int64_t now_us);
/** A packet left, of this video, for the first time. Repeats and probes do not count: they leave at
 * once, repeats have a share of their own (resend.h), and a probe is there to be more than the line
 * is thought to carry. */
static inline void pacer_spend(struct pacer *p, size_t bytes)
{
    if (p->rate_bps)
        p->tokens -= (int64_t)bytes;
}
/** Wait behind the others. @return 0; ERR_NO_MEMORY, ERR_TOO_LARGE: too many, or too old ones */
int pacer_put(struct pacer *p, const struct paced_packet *packet) MUST_USE;
/** The next one that may leave at this time. @return false: none yet */
bool pacer_take(struct pacer *p, int64_t now_us, struct paced_packet *out);
/** Any one, until false: they are dropped. The memory goes with the last. */
bool pacer_drop(struct pacer *p, struct paced_packet *out);
/** When pacer_take() has the next; INT64_MAX: nothing waits. */
int64_t pacer_next_us(const struct pacer *p);

#endif
