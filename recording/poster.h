/*
 * The picture that stands for a recording in lists: .about/NAME.webm.png, from its first complete
 * keyframe.
 */
#ifndef NEREID_RECORDING_POSTER_H
#define NEREID_RECORDING_POSTER_H

#include <stdbool.h>

#include "common/error.h"

#define POSTER_WIDTH_MAX 640

/** Is there one? */
bool poster_exists(int folder, const char *name);
/** Make it. @return 0; ERR_NOT_FOUND (no picture in it can be decoded), ERR_INVALID (this is no
 * recording), ERR_NO_SPACE, ERR_IO, ERR_NO_MEMORY */
int poster_make(int folder, const char *name, struct error *e) MUST_USE;

#endif
