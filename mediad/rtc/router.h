/*
 * From a published track to its receivers on all workers: finds or makes the track's mirror on a
 * receiver's worker, and moves packets, clocks and keyframe wishes between the two. Reached by ids
 * only, so that either side may end at any time.
 */
#ifndef NEREID_MEDIAD_RTC_ROUTER_H
#define NEREID_MEDIAD_RTC_ROUTER_H

#include "mediad/rtc/connection.h"
#include "mediad/rtc/track.h"

/** Receive a track; does nothing when the publisher has gone. @param s zeroed but for its ops */
void router_subscribe(struct worker *w, struct subscription *s, const struct track_address *from);
/** A mirror without receivers ends. */
void router_unsubscribe(struct subscription *s);

/** A publisher's clock was placed: for the track's receivers and for its mirrors.
 * @param time not known: it began anew */
void router_set_time(struct track *t, const struct track_time *time);
/** A publisher said its CNAME: for the track and its mirrors. Longer ones are left out. */
void router_set_cname(struct track *t, struct span cname);
/** Hand packets to the workers that have mirrors of a published track. */
void router_cross(struct track *t, struct packet *const *packets, unsigned n);

/** Mail of the MAIL_TRACK_ kinds. One that opens a track which is not known is lost: it is
 * repeated.
 */
void router_receive(struct worker *w, const struct mail *mail);

#endif
