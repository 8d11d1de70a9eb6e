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

void up_health_break(struct up_source *source, int64_t now_us)
{
    if (!up_source_is_broken(source))
        source->broken_us = now_us + longer_wait_us(BROKEN_US, &source->n_broken,
                                                    BROKEN_DOUBLED_MAX, source->broken_us, now_us);
}

/* @param n_seconds in a row in which much was lost */
static void count_second(uint8_t *n_seconds, uint64_t n_lost, uint64_t n)
{
    if (n_lost * 256 / n < BROKEN_PART)
        *n_seconds = 0;
    else if (*n_seconds < BROKEN_S)
        ++*n_seconds;
}

/* Firefox goes on with a rid that its line does not carry. */
void up_health_note(struct up_source *source, bool has_living_below, int64_t now_us)
{
    uint64_t missing = reception_missing(&source->reception);
    uint64_t lost = reception_lost(&source->reception);
    uint64_t seen = source->reception.n_received + lost;
    uint64_t n = seen > source->seen ? seen - source->seen : 0;
    uint64_t n_missing = missing > source->missing ? missing - source->missing : 0;
    uint64_t n_lost = lost > source->lost ? lost - source->lost : 0;

    source->seen = seen;
    source->missing = missing;
    source->lost = lost;
    if (n < BROKEN_PACKETS_MIN || up_source_is_broken(source)) {
        source->n_crowded = 0;
        return;
    }
    count_second(&source->n_crowded, n_lost, n);
    count_second(&source->n_losing, n_missing, n);
    if (source->n_losing < BROKEN_S)
        return;
    source->n_losing = 0;
    if (has_living_below)
        up_health_break(source, now_us);
    else
        hold(source, now_us);
}

bool up_health_is_crowded(const struct up_source *source)
{
    return source->n_crowded >= BROKEN_S;
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
