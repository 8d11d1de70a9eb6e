/*
 * One recording as a film sees it: what picture it shows at a moment, and what sound. Only what
 * lies a second ahead is read, and only one picture is kept.
 */
#ifndef NEREID_RECORDING_FILM_SOURCE_H
#define NEREID_RECORDING_FILM_SOURCE_H

#include <libavutil/frame.h>

#include "common/error.h"
#include "recording/film_speaker.h"
#include "recording/meeting.h"

struct film_source;

/** @param file outlives the source @param offset_us where it begins in the film
 * @return 0; else what is wrong with which file */
int film_source_open(struct film_source **out, int folder, const struct meeting_file *file,
                     int64_t offset_us, struct error *e) MUST_USE;
/** NULL is fine. */
void film_source_close(struct film_source *s);
/** Be at this moment of the film; never backwards. @return 0; ERR_NO_MEMORY, ERR_IO */
int film_source_go(struct film_source *s, int64_t at_us, struct error *e) MUST_USE;
/** The picture of that moment, borrowed until film_source_go(); NULL: there is none (camera off).
 */
const AVFrame *film_source_picture(const struct film_source *s);
/** A number that changes with the picture. */
unsigned film_source_picture_number(const struct film_source *s);
/** Add the sound from sample `at` of the film on. @return its root mean square */
double film_source_sound(struct film_source *s, int64_t at, float *mix, size_t n);

#endif
