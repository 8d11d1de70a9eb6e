/*
 * How a joiner is sent a picture group that began long ago: faster than it came, from the track's
 * cache, in steps; what comes meanwhile waits there. Pure.
 */
#ifndef NEREID_MEDIAD_RTC_CATCH_UP_H
#define NEREID_MEDIAD_RTC_CATCH_UP_H

#include "mediad/rtc/packet_cache.h"

enum {
    CATCH_UP_STEP_US = 10 * 1000,
    /** Packets of a step, besides those that came since the last one: at most 30 Mbit/s more. */
    CATCH_UP_MIN = 8,
    CATCH_UP_MAX = 32,
};

/** Zeroed: not running. */
struct catch_up {
    bool is_running;
    uint16_t next_seq;   /* of the source */
    uint16_t newest_seq; /* of the source, at the last step */
    unsigned n_left;     /* of this step */
};

/** Begin with this packet, which the cache has. */
void catch_up_start(struct catch_up *c, const struct packet_cache *cache, uint16_t first_seq);
/** A step begins.
 * @return true when it goes on from a newer keyframe, since one came: what lies before is left out
 */
bool catch_up_step(struct catch_up *c, const struct packet_cache *cache);
/** The next packet of the step, borrowed; gaps are passed over. NULL: no more for now, or, when it
 * does not run any more, for good: nothing is newer. */
struct packet *catch_up_next(struct catch_up *c, const struct packet_cache *cache);

#endif
