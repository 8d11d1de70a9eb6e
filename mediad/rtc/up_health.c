#include "mediad/rtc/up_health.h"

#include "mediad/rtc/longer_wait.h"

/* A rid of which such a part (of 256) is missing, repeats counted, in so many seconds in a row
 * shows no pictures: it is left alone for a while, which doubles so often. */
#define BROKEN_PART 51
#define BROKEN_S 2
#define BROKEN_PACKETS_MIN 20 /* in a second; fewer say nothing */
#define BROKEN_US (10 * US_PER_S)
#define BROKEN_DOUBLED_MAX 4
/* While so much of a video is lost that has no layer below it, the publisher's page is told this
 * part (of 4) of what came; Firefox goes on with such a video, too. */
#define HELD_PART 3

static void hold(struct up_source *source, int64_t now_us)
{
    int64_t bps = (int64_t)source->reception.rate.rate_bps * HELD_PART / 4;

    if (now_us >= source->held_us)
        source->held_us = now_us + longer_wait_us(BROKEN_US, &source->n_held, BROKEN_DOUBLED_MAX,
                                                  source->held_us, now_us);
    source->held = (struct told_rate){
        .bps = bps > TOLD_RATE_MIN_BPS ? bps : TOLD_RATE_MIN_BPS,
        .at_us = now_us,
    };
}

/* Firefox goes on with a rid that its line does not carry. */
void up_health_note(struct up_source *source, bool has_living_below, int64_t now_us)
{
    uint64_t missing = reception_missing(&source->reception);
    uint64_t seen = source->reception.n_received + reception_lost(&source->reception);
    uint64_t n = seen > source->seen ? seen - source->seen : 0;
    uint64_t n_missing = missing > source->missing ? missing - source->missing : 0;

    source->seen = seen;
    source->missing = missing;
    if (n < BROKEN_PACKETS_MIN || up_source_is_broken(source))
        return;
    source->n_losing = n_missing * 256 / n >= BROKEN_PART ? source->n_losing + 1 : 0;
    if (source->n_losing < BROKEN_S)
        return;
    source->n_losing = 0;
    if (has_living_below)
        source->broken_us = now_us + longer_wait_us(BROKEN_US, &source->n_broken,
                                                    BROKEN_DOUBLED_MAX, source->broken_us, now_us);
    else
        hold(source, now_us);
}

int64_t up_health_carried_bps(struct up_source *source, int64_t bps, int64_t now_us)
{
    if (source->held.at_us == 0)
        return bps;
    int64_t held_bps =
        told_rate_update(&source->held, now_us < source->held_us ? source->held.bps : bps,
                         TOLD_RATE_MAX_BPS, now_us);

    if (now_us >= source->held_us && held_bps >= bps)
        source->held.at_us = 0;
    return held_bps < bps ? held_bps : bps;
}
