/*
 * What down_source.c needs of the inside of a receiver's track.
 */
#ifndef NEREID_MEDIAD_RTC_DOWN_TRACK_INTERNAL_H
#define NEREID_MEDIAD_RTC_DOWN_TRACK_INTERNAL_H

#include "mediad/rtc/down_track.h"

/** All that was asked for. */
static inline struct down_choice down_choice_everything(const struct down_target *target)
{
    return (struct down_choice){
        .rid = target->rid, .sid = LAYER_MAX, .tid = LAYER_MAX, .wakes = -1};
}

/** The track of the rid that was chosen. */
static inline uint64_t down_track_wanted(const struct down_track *t)
{
    return t->target.rids[t->choice.rid].track_id;
}

/** A pause begins: what comes behind it goes on where it would be by sender reports. */
void down_track_keep_line(struct down_track *t);
/** What waits to leave never will. */
void down_track_drop_paced(struct down_track *t);
/** The rest of a picture group that it is catching up with is not sent. */
void down_track_stop_catching_up(struct down_track *t);

#endif
