/*
 * Divides what a client's line carries among the videos it receives: each one's lowest layer first,
 * then upgrades in the order of what matters; what does not fit is paused rather than starved. Down
 * at once, but in what may be held after a burst; up only when there has been room for a while. A
 * layer that its publisher can make smaller is reached for when there is room for a good part of
 * it. Pure; never allocates.
 */
#ifndef NEREID_MEDIAD_RTC_ALLOCATE_H
#define NEREID_MEDIAD_RTC_ALLOCATE_H

#include "mediad/rtc/allocate_video.h"

struct allocate_budget {
    int64_t bps;      /* INT64_MAX: no limit is known */
    int64_t held_bps; /* layers that are sent may go on in this; not less than bps */
};

/**
 * Importance: pinned, screen share, rank, size; among equals the one that has more keeps it. A
 * layer higher than the lowest one that fills the size at which the video is shown is of no use.
 *
 * An upgrade needs to fit into 95 % of the budget: for a second; for half a second when the
 * video is pinned or more was asked for within 3 s; at once for a new video, or when more was just
 * asked for and the budget is half as much again. After one that bandwidth undid within 5 s the
 * next waits 2, 4, 8 … 30 s, or 3 s on a line with room for half as much again: it is another.
 *
 * What flows is paused when its lowest layer does not fit; the most important one, when a quarter
 * of it does not.
 *
 * Elastic videos without layers share by importance what the others leave. A video of which
 * nothing is known (no layer alive, none ever measured) has layer 0 and costs nothing.
 *
 * @param budget for all videos together, sound and repeats taken off
 * @param now_us    not 0
 * @return the budget that would carry all wishes: to be probed for
 */
int64_t allocate(struct allocate_video *const *videos, size_t n,
                 const struct allocate_budget *budget, int64_t now_us);

#endif
