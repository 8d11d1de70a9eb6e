#include "recording/sound_line.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NEARLY (SOUND_RATE / 100)
#define KEPT_MAX ((size_t)4 * SOUND_RATE)
#define SAMPLE_SIZE (SOUND_CHANNELS * sizeof(float))

void sound_line_release(struct sound_line *s)
{
    free(s->samples);
    *s = (struct sound_line){0};
}

static int make_room(struct sound_line *s, size_t n)
{
    float *bigger;

    if (n <= s->size)
        return 0;
    n = n < SOUND_RATE / 2 ? SOUND_RATE / 2 : n + n / 2;
    bigger = realloc(s->samples, n * SAMPLE_SIZE);
    if (!bigger)
        return ERR_NO_MEMORY;
    s->samples = bigger;
    s->size = n;
    return 0;
}

/* Without what lies before `position`. */
static void drop_before(struct sound_line *s, int64_t position)
{
    size_t n;

    if (s->n == 0 || position <= s->at)
        return;
    n = position - s->at < (int64_t)s->n ? (size_t)(position - s->at) : s->n;
    s->n -= n;
    s->at += (int64_t)n;
    memmove(s->samples, s->samples + n * SOUND_CHANNELS, s->n * SAMPLE_SIZE);
}

int sound_line_put(struct sound_line *s, int64_t at, const float *samples, size_t n)
{
    int64_t end = s->n > 0 ? s->at + (int64_t)s->n : s->taken;
    size_t gap;

    if (at < end + NEARLY && at > end - NEARLY && s->n > 0)
        at = end;
    if (at < end) { /* it overlaps what is there, or what was taken */
        int64_t late = end - at;

        if (late >= (int64_t)n)
            return 0;
        samples += late * SOUND_CHANNELS;
        n -= (size_t)late;
        at = end;
    }
    if (at - s->taken > (int64_t)KEPT_MAX)
        return 0;
    if (s->n == 0)
        s->at = at;
    gap = (size_t)(at - (s->at + (int64_t)s->n));
    if (s->n + gap + n > KEPT_MAX)
        return 0;
    if (make_room(s, s->n + gap + n) < 0)
        return ERR_NO_MEMORY;
    memset(s->samples + s->n * SOUND_CHANNELS, 0, gap * SAMPLE_SIZE);
    memcpy(s->samples + (s->n + gap) * SOUND_CHANNELS, samples, n * SAMPLE_SIZE);
    s->n += gap + n;
    return 0;
}

double sound_line_take(struct sound_line *s, int64_t at, float *mix, size_t n)
{
    double energy = 0;

    drop_before(s, at);
    for (size_t i = 0; i < s->n; i++) {
        int64_t to = s->at + (int64_t)i - at;

        if (to >= (int64_t)n)
            break;
        for (size_t c = 0; c < SOUND_CHANNELS; c++) {
            float sample = s->samples[i * SOUND_CHANNELS + c];

            mix[to * SOUND_CHANNELS + (int64_t)c] += sample;
            energy += (double)sample * (double)sample;
        }
    }
    drop_before(s, at + (int64_t)n);
    s->taken = at + (int64_t)n;
    return sqrt(energy / (double)(n * SOUND_CHANNELS));
}
