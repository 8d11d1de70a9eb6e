/*
 * A name as it is written on a picture: by libavfilter's drawtext, in the font that fontconfig
 * takes by default.
 */
#ifndef NEREID_RECORDING_FILM_LABEL_H
#define NEREID_RECORDING_FILM_LABEL_H

#include <stdint.h>

#include "common/error.h"

/** How much of each pixel is text, 0 to 255. Zeroed: nothing is written. */
struct film_label {
    uint8_t *coverage; /* rows of `width` */
    int width, height; /* even */
};

/** @return 0, also for an empty text; ERR_UNSUPPORTED (no font, or no drawtext), ERR_NO_MEMORY */
int film_label_make(struct film_label *out, const char *text, struct error *e) MUST_USE;
void film_label_release(struct film_label *l);

#endif
