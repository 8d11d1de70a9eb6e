/*
 * From a published track to its receivers on all workers: finds or makes the track's mirror on a
 * receiver's worker, and moves packets, clocks and keyframe wishes between the two. Reached by ids
 * only, so that either side may end at any time.
 */
#ifndef NEREID_MEDIAD_RTC_ROUTER_H
#define NEREID_MEDIAD_RTC_ROUTER_H

#include "mediad/rtc/track.h"

/** Receive a track; does nothing when the publisher has gone. @param s zeroed but for `receiver` */
void router_subscribe(struct worker *w, struct subscription *s, const struct down_target *target);
/** A mirror without receivers ends. */
void router_unsubscribe(struct subscription *s);

/** Ask the publisher's side of a track for a keyframe. */
void router_ask_keyframe(struct track *t);
/** Tell mirrors of a track what they cannot see: its clock, its CNAME. */
void router_share_time(struct track *t);
void router_share_cname(struct track *t, unsigned to);
/** A receiver of this worker can take no more than so much: the publisher hears of it soon when
 * that is less than it was told. */
void router_rate_fell(struct track *t, int64_t bps);
/** Hand packets to the other workers; called by track_flush(). */
void router_cross(struct track *t);

/** Mail of the MAIL_TRACK_ kinds. */
void router_receive(struct worker *w, const struct mail *mail);

#endif
