/*
 * Which of a publisher's tracks anybody receives: said at once when a track gets a receiver, and
 * some seconds after its last one has left, so that who comes back soon finds it running. Pure.
 */
#ifndef NEREID_MEDIAD_RTC_DEMAND_H
#define NEREID_MEDIAD_RTC_DEMAND_H

#include <stdbool.h>
#include <stdint.h>

#define DEMAND_TRACKS_MAX 32
/** So long a track without receivers counts as received. */
#define DEMAND_LINGER_US INT64_C(10000000)

struct demand {
    uint32_t told;                       /* bit i: track i is received */
    uint32_t n_tracks;                   /* that bits are kept for */
    int64_t heard_us[DEMAND_TRACKS_MAX]; /* when it last had a receiver, or began */
};

/** Is the track received, as was told? */
static inline bool demand_has(const struct demand *d, unsigned track)
{
    return track < DEMAND_TRACKS_MAX && (d->told >> track & 1);
}

/** There are so many tracks from now on. New ones count as received, until they were not for a
 * while. */
void demand_set_tracks(struct demand *d, unsigned n_tracks, int64_t now_us);
/** The track will not be of use for a while: once it has no receivers it is not received at once.
 */
void demand_hurry(struct demand *d, unsigned track);
/** Does the track have receivers? Called now and then, and when it gets one.
 * @return true: `told` has changed */
bool demand_note(struct demand *d, unsigned track, bool has_receivers, int64_t now_us);

#endif
