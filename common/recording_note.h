/*
 * What is written beside a recording for lists: .about/NAME.webm.json (docs/RECORDING.md, "The
 * files").
 */
#ifndef NEREID_COMMON_RECORDING_NOTE_H
#define NEREID_COMMON_RECORDING_NOTE_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"

/** From when to when the picture stood still. */
struct recording_gap {
    int64_t from_us, to_us;
};

/** Borrowed for the call. */
struct recording_note {
    int64_t started_us; /* since 1970; 0: not known */
    int64_t duration_us;
    const char *username, *label;
    const char *video, *audio;        /* names of the codecs, as "vp8"; NULL for none */
    int width, height;                /* of the video, pixels; 0: not known */
    const struct recording_gap *gaps; /* NULL for none */
    size_t n_gaps;
    bool is_repaired; /* a crash left it unfinished */
    bool is_film;     /* of a whole meeting */
};

/** Appends the JSON text. @return 0, ERR_NO_MEMORY */
int recording_note_write(struct buf *out, const struct recording_note *note) MUST_USE;

#endif
