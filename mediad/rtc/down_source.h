/*
 * Which source of a track flows to a receiver: of simulcast's rids the one that was chosen, or one
 * that stands in for it until that has a keyframe; or none. What becomes of its packets is in
 * down_track.h.
 */
#ifndef NEREID_MEDIAD_RTC_DOWN_SOURCE_H
#define NEREID_MEDIAD_RTC_DOWN_SOURCE_H

#include "mediad/rtc/down_track.h"

/** Same section, perhaps another source: the old one flows until the new one has a keyframe. What
 * was asked for flows until down_source_choose() says otherwise. */
void down_source_retarget(struct down_track *t, const struct down_target *target);
/** Send this of it from now on, or as soon as there is a keyframe. */
void down_source_choose(struct down_track *t, const struct down_choice *choice);
/** The connection is up, or a publisher may have come back: receive what is not received yet. Every
 * 500 ms while packets flow. */
void down_source_subscribe(struct down_track *t);

#endif
