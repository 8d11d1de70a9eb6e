/*
 * What allocate.c is made of: which layers of a video can be chosen and are of use, and the order
 * of videos. Pure.
 */
#ifndef NEREID_MEDIAD_RTC_ALLOCATE_LAYERS_H
#define NEREID_MEDIAD_RTC_ALLOCATE_LAYERS_H

#include "mediad/rtc/allocate_video.h"

/** A rate within bounds, whatever the caller says: sums of these never overflow. */
int64_t allocate_clamp(int64_t bps);
/** What it needs at least of the line when it is sent up to this layer, bit/s.
 * @param layer of those that allocate_layers() counts */
int64_t allocate_cost(const struct allocate_video *v, int layer);
/** How many layers it has, bounded by ALLOCATE_LAYERS_MAX whatever the caller says. */
int allocate_layers(const struct allocate_video *v);
/** Its layer as the last call left it; a new video is paused. */
int allocate_before(const struct allocate_video *v);
/** Its publisher's rate is told to it: all of it, not only of its lowest layer. */
bool allocate_is_stream(const struct allocate_video *v);

/** Of a layer that is not sent the rate must be known, and of one that would be an upgrade. */
bool allocate_can_choose(const struct allocate_video *v, int layer, bool is_unlimited);
/** The lowest living layer; -1: none. */
int allocate_lowest(const struct allocate_video *v);
/** The highest layer that is of use. @param is_ideal if all were sent @return -1: none */
int allocate_useful(const struct allocate_video *v, bool is_unlimited, bool is_ideal);
/** The state is by layer; what was layer 1 may be layer 2 now. @return true: they are others */
bool allocate_follow(struct allocate_video *v);

/** Stable. @param n not 0 @return the most important one, of a list by `next` */
struct allocate_video *allocate_sort(struct allocate_video *const *videos, size_t n);

#endif
