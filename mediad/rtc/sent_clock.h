/*
 * A source's timestamps as one receiver sees them: shifted onto the time line of what it was sent
 * before. What waited in a cache, as a keyframe with which another rid takes over, lies behind
 * that; its times are drawn together until they have caught up, so that they neither step back nor
 * run ahead of the sound from then on. Pure.
 */
#ifndef NEREID_MEDIAD_RTC_SENT_CLOCK_H
#define NEREID_MEDIAD_RTC_SENT_CLOCK_H

#include <stdint.h>

/** How long behind it what waited can be asked for again: ten seconds of video. */
#define SENT_CLOCK_KEPT 900000

/** Zeroed: times go out as they come. */
struct sent_clock {
    uint32_t offset;     /* added to the source's timestamps */
    uint32_t waited_ts;  /* of the source: from here on they are drawn together, */
    uint32_t waited_len; /* for so long; 0: none are */
    uint32_t waited_out; /* what `waited_ts` goes out as */
};

/** @param ts of the source @return as the receiver is sent it */
static inline uint32_t sent_clock_ts(const struct sent_clock *c, uint32_t ts)
{
    uint32_t since = ts - c->waited_ts;

    if (since >= c->waited_len)
        return ts + c->offset;
    uint32_t len = c->waited_ts + c->waited_len + c->offset - c->waited_out;

    return c->waited_out + (uint32_t)((uint64_t)since * len / c->waited_len);
}

/** A source begins, or begins anew. @param offset to be added to its timestamps */
static inline void sent_clock_place(struct sent_clock *c, uint32_t offset)
{
    *c = (struct sent_clock){.offset = offset};
}

/**
 * As sent_clock_place(), but for what waited.
 * @param ts of the source: the oldest that is sent @param out what it goes out as
 * @param len timestamps of the source so much newer than that, and all later ones, have the offset;
 *            ts + len + offset is later than `out`
 */
static inline void sent_clock_draw_together(struct sent_clock *c, uint32_t offset, uint32_t ts,
                                            uint32_t out, uint32_t len)
{
    *c = (struct sent_clock){offset, .waited_ts = ts, .waited_len = len, .waited_out = out};
}

/** @return where it lies on the line to which all times go that come later */
static inline uint32_t sent_clock_line(const struct sent_clock *c, uint32_t ts)
{
    return ts + c->offset;
}

/** A packet of that time of the source went out: what waited is forgotten in the end, since
 * timestamps come round. */
static inline void sent_clock_passed(struct sent_clock *c, uint32_t ts)
{
    uint32_t since = ts - c->waited_ts;

    if (c->waited_len && since > c->waited_len + SENT_CLOCK_KEPT && since < UINT32_MAX / 2)
        c->waited_len = 0;
}

#endif
