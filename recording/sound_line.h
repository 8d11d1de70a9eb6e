/*
 * Decoded sound of one file on the time line of a film: stereo at 48 kHz, put where its timestamps
 * say, with silence where there is none.
 */
#ifndef NEREID_RECORDING_SOUND_LINE_H
#define NEREID_RECORDING_SOUND_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

#define SOUND_RATE 48000
#define SOUND_CHANNELS 2

/** Zeroed is valid. Positions are samples of the film. */
struct sound_line {
    float *samples; /* SOUND_CHANNELS each */
    int64_t at;     /* position of the first one */
    int64_t taken;  /* what lies before was taken, or is too late */
    size_t n, size;
};

void sound_line_release(struct sound_line *s);
/** Timestamps are rounded to milliseconds: what nearly fits is put right behind what came before.
 * What lies more than four seconds ahead is not kept. @return 0, ERR_NO_MEMORY */
int sound_line_put(struct sound_line *s, int64_t at, const float *samples, size_t n) MUST_USE;
/** Add what there is from `at` on to `mix`, and forget it. @return its root mean square, 0 to 1 */
double sound_line_take(struct sound_line *s, int64_t at, float *mix, size_t n);

#endif
