/*
 * How loud somebody speaks, from the audio levels that packets carry (RFC 6464). By level alone:
 * browsers set the V bit for a muted microphone, too, whose level is 127. A sender that is silent
 * by DTX (RFC 7587 section 3.1.3) still sends a packet every 400 ms. Pure.
 */
#ifndef NEREID_MEDIAD_RTC_AUDIO_LEVEL_H
#define NEREID_MEDIAD_RTC_AUDIO_LEVEL_H

#include <stdint.h>

/** The largest score; it is decibels above -60 dBov. */
#define AUDIO_LEVEL_SCORE_MAX 60
/** Without a packet for longer than this there is silence. */
#define AUDIO_LEVEL_SILENT_US INT64_C(420000)

/** Zeroed: silent. */
struct audio_level {
    int64_t heard_us; /* the last packet; 0: none yet */
    int64_t at_us;    /* when the score was changed last */
    int32_t score;    /* smoothed, in 1/256 dB */
};

/** A packet came. @param level of the extension, whole */
void audio_level_packet(struct audio_level *a, uint8_t level, int64_t now_us);
/** Now and then: perhaps none comes any more. */
void audio_level_tick(struct audio_level *a, int64_t now_us);
/** It rises within 300 ms and falls as quickly. @return 0 (silent) to AUDIO_LEVEL_SCORE_MAX */
static inline int32_t audio_level_score(const struct audio_level *a)
{
    return a->score / 256;
}

#endif
