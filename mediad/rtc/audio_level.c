#include "mediad/rtc/audio_level.h"

#define ATTACK_US INT64_C(300000)
#define DECAY_US INT64_C(300000)
/* What a loud packet stands for, at most: what was not heard was not loud. */
#define PACKET_US INT64_C(60000)

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void move(struct audio_level *a, int32_t towards, int64_t now_us)
{
    int64_t passed_us = now_us - a->at_us;

    if (passed_us < 0)
        passed_us = 0;
    if (towards > a->score)
        a->score += (int32_t)((towards - a->score) * least(passed_us, PACKET_US) / ATTACK_US);
    else
        a->score -= (int32_t)((a->score - towards) * least(passed_us, DECAY_US) / DECAY_US);
    a->at_us = now_us;
}

void audio_level_packet(struct audio_level *a, uint8_t level, int64_t now_us)
{
    int32_t below_0 = level & 0x7f;
    int32_t loudness =
        below_0 < AUDIO_LEVEL_SCORE_MAX ? (AUDIO_LEVEL_SCORE_MAX - below_0) * 256 : 0;

    if (a->heard_us == 0)
        a->at_us = now_us;
    else
        move(a, loudness, now_us);
    a->heard_us = now_us;
}

void audio_level_tick(struct audio_level *a, int64_t now_us)
{
    if (a->score > 0 && now_us - a->heard_us > AUDIO_LEVEL_SILENT_US)
        move(a, 0, now_us);
}
