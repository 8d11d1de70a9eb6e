/*
 * A film's file: VP9 and Opus in WebM, with Cues in front.
 */
#ifndef NEREID_RECORDING_FILM_OUTPUT_H
#define NEREID_RECORDING_FILM_OUTPUT_H

#include <libavutil/frame.h>

#include "common/error.h"

#define FILM_WIDTH 1280
#define FILM_HEIGHT 720
#define FILM_FPS 25
/** Samples for each picture, stereo, at 48 kHz: two packets of Opus. */
#define FILM_SAMPLES (48000 / FILM_FPS)
/** What a second takes on the disk, at most. */
#define FILM_BYTES_PER_S 250000

struct film_output;

/** @param fd an empty file, open for writing; stays the caller's @param started_us wall clock
 * @return 0, ERR_NO_SPACE, ERR_IO, ERR_UNSUPPORTED (no encoder), ERR_NO_MEMORY */
int film_output_open(struct film_output **out, int fd, int64_t started_us,
                     struct error *e) MUST_USE;
/** One picture, and the sound that goes with it. @param sound FILM_SAMPLES of both channels */
int film_output_add(struct film_output *o, AVFrame *picture, const float *sound,
                    struct error *e) MUST_USE;
/** The file is whole after this. */
int film_output_finish(struct film_output *o, struct error *e) MUST_USE;
/** Also after a failure. NULL is fine. */
void film_output_free(struct film_output *o);

#endif
