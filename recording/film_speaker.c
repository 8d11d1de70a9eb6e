#include "recording/film_speaker.h"

#include <math.h>

#include "common/now.h"

#define HEARD 0.006        /* -44 dB below full scale */
#define CLEARLY_LOUDER 2.0 /* 6 dB */
#define CHALLENGE_US (600 * US_PER_MS)
#define STAYS_US (1500 * US_PER_MS)
#define FALL_S 0.5

void film_loudness_add(struct film_loudness *l, double rms, int64_t span_us)
{
    l->level *= exp(-(double)span_us / US_PER_S / FALL_S);
    if (rms > l->level)
        l->level = rms;
}

void film_speaker_step(struct film_speaker *s, unsigned loudest, double level, double current_level,
                       int64_t now_us)
{
    bool is_gone = s->current != 0 && current_level < 0;

    if (is_gone)
        s->current = 0;
    if (loudest == 0 || loudest == s->current || level < HEARD ||
        (s->current != 0 && level < CLEARLY_LOUDER * current_level)) {
        s->challenger = 0;
        return;
    }
    if (loudest != s->challenger) {
        s->challenger = loudest;
        s->challenged_us = now_us;
    }
    if (s->current != 0 &&
        (now_us - s->challenged_us < CHALLENGE_US || now_us - s->began_us < STAYS_US))
        return;
    s->current = loudest;
    s->began_us = now_us;
    s->challenger = 0;
}
