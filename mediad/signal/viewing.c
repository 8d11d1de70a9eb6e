#include "mediad/signal/viewing.h"

#include <string.h>

#include "mediad/group/speakers.h"

/* Behind everything that can be played. */
#define PLACE_UNPLAYABLE (2u + SPEAKERS_NO_RANK)

/* Lower is better. */
static unsigned place_of(const struct up_link *up, const struct viewing_before *before,
                         const struct player_stream *player)
{
    const struct member *owner = up_link_owner(up);
    unsigned place = player && !player_stream_takes(player, up->media) ? PLACE_UNPLAYABLE : 0;

    if (!before || (owner == before->owner && strcmp(up->label, before->label) == 0))
        return place;
    return place + 1 + owner->speaker.rank;
}

struct up_link *viewing_choose(const struct live_group *g, const char *label,
                               const struct viewing_before *before,
                               const struct player_stream *player)
{
    struct up_link *best = NULL;

    LIST_EACH (struct published, stream, &g->streams, in_group) {
        struct up_link *up = up_link_of(stream);

        if ((!label || strcmp(label, up->label) == 0) &&
            (!best || place_of(up, before, player) < place_of(best, before, player)))
            best = up;
    }
    return best;
}
