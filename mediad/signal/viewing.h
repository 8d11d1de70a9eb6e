/*
 * Which stream of a group a viewer is to get (docs/PROTOCOL.md, WHEP). Pure.
 */
#ifndef NEREID_MEDIAD_SIGNAL_VIEWING_H
#define NEREID_MEDIAD_SIGNAL_VIEWING_H

#include "mediad/rtc/player_stream.h"
#include "mediad/signal/stream_links.h"

/** A stream that ended: whose it was, and how it was called. */
struct viewing_before {
    const struct member *owner;
    const char *label;
};

/**
 * What the player can play comes before what it cannot. Of those, at the beginning the oldest;
 * later what the same member shows under the same label, then the stream of who spoke last, and of
 * equals the oldest.
 * @param label  that it must have; NULL: any
 * @param before the stream in whose place it comes; NULL: of none
 * @param player NULL: it can play everything
 * @return NULL: there is none
 */
struct up_link *viewing_choose(const struct live_group *g, const char *label,
                               const struct viewing_before *before,
                               const struct player_stream *player);

#endif
