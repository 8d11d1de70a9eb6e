/*
 * What a publisher's own line makes of its videos: one of which much is lost for good is left alone
 * when another rid lives below it, and bounded otherwise. Pure.
 */
#ifndef NEREID_MEDIAD_RTC_UP_HEALTH_H
#define NEREID_MEDIAD_RTC_UP_HEALTH_H

#include "mediad/rtc/up_source.h"

/** Once in a second: look at what was lost of a source. One that is too much for the line is broken
 * (up_source_is_broken()) for a while, longer each time; without anything below it, it is held
 * instead.
 * @param has_living_below its receivers have a lower rid @param now_us not 0 */
void up_health_note(struct up_source *source, bool has_living_below, int64_t now_us);

/** Has the line lost much of it for seconds, before repair? */
bool up_health_is_crowded(const struct up_source *source);

/** Leave it alone for a while, longer each time, unless it is already. Firefox sends repeats that
 * nobody asked for beside the lowest rid, at the rate that one above it would take, whatever the
 * line carries, until that rid is given up (docs/MEDIA.md). */
void up_health_break(struct up_source *source, int64_t now_us);

/** @param bps what its receivers can take, bit/s @return that, but no more than the publisher's
 * line carries as far as is known; rises slowly again after a hold */
int64_t up_health_carried_bps(struct up_source *source, int64_t bps, int64_t now_us);

#endif
