/*
 * What is said of a recording beside its file: .about/NAME.webm.json (docs/RECORDING.md, "The
 * files").
 */
#ifndef NEREID_MEDIAD_RECORD_RECORD_ABOUT_H
#define NEREID_MEDIAD_RECORD_RECORD_ABOUT_H

#include "common/buf.h"
#include "mediad/rtc/codec.h"

enum { RECORD_GAPS_MAX = 1000 };

struct record_gap {
    int64_t from_ms, to_ms;
};

/** Borrowed for the call. */
struct record_about {
    int64_t started_us; /* since 1970 */
    int64_t duration_ms;
    const char *username, *label;
    enum codec video; /* CODEC_NONE: none */
    uint16_t width, height;
    bool has_sound;
    const struct record_gap *gaps; /* in which the picture stood still */
    size_t n_gaps;
};

/** Appends the JSON text. @return 0, ERR_NO_MEMORY */
int record_about_write(struct buf *out, const struct record_about *a) MUST_USE;

#endif
