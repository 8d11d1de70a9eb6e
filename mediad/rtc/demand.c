#include "mediad/rtc/demand.h"

void demand_set_tracks(struct demand *d, unsigned n_tracks, int64_t now_us)
{
    if (n_tracks > DEMAND_TRACKS_MAX)
        n_tracks = DEMAND_TRACKS_MAX;
    for (unsigned i = d->n_tracks; i < n_tracks; i++) {
        d->told |= UINT32_C(1) << i;
        d->heard_us[i] = now_us;
    }
    if (n_tracks < DEMAND_TRACKS_MAX)
        d->told &= (UINT32_C(1) << n_tracks) - 1;
    d->n_tracks = n_tracks;
}

void demand_hurry(struct demand *d, unsigned track)
{
    if (track < d->n_tracks)
        d->heard_us[track] = -DEMAND_LINGER_US;
}

bool demand_note(struct demand *d, unsigned track, bool has_receivers, int64_t now_us)
{
    uint32_t bit;

    if (track >= d->n_tracks)
        return false;
    bit = UINT32_C(1) << track;
    if (has_receivers) {
        d->heard_us[track] = now_us;
        if (d->told & bit)
            return false;
        d->told |= bit;
        return true;
    }
    if (!(d->told & bit) || now_us - d->heard_us[track] < DEMAND_LINGER_US)
        return false;
    d->told &= ~bit;
    return true;
}
