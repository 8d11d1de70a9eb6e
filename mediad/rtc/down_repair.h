/*
 * What a receiver of a track misses: packets again, keyframes, within what its line carries. Also
 * probes of that line, which are made of packets that are sent again.
 */
#ifndef NEREID_MEDIAD_RTC_DOWN_REPAIR_H
#define NEREID_MEDIAD_RTC_DOWN_REPAIR_H

#include "mediad/rtc/down_track.h"

/** The receiver misses this number. @return true when it was sent again. What cannot be sent again
 * any more is a wish for a keyframe: browsers ask for it for seconds before they say so. */
bool down_repair_packet(struct down_track *t, uint16_t out_seq);
/** The receiver cannot go on without a keyframe. While it is sent far more than it can take, the
 * wish waits: a keyframe would be lost, too. One that wishes again and again gets what the cache
 * has, and a lower rid for a while. */
void down_repair_keyframe(struct down_track *t);
/** Keyframes that are owed, when there is room again or they have waited long enough. */
void down_repair_relax(struct down_track *t);
/** Send so much at once as retransmissions: its last packets again, padding where they do not do.
 * Needs RTX. */
void down_repair_probe(struct down_track *t, uint32_t bytes, unsigned n);

#endif
