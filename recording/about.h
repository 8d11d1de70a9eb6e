/*
 * What is known of a recording, kept beside it for lists: .about/NAME.webm.json
 * (docs/RECORDING.md).
 */
#ifndef NEREID_RECORDING_ABOUT_H
#define NEREID_RECORDING_ABOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "common/span.h"

struct about {
    int64_t started_us;  /* wall clock at the file's zero; 0: not known */
    int64_t duration_us; /* 0: not known */
    char username[256];
    char label[64];
    const char *video, *audio; /* names of the codecs, as "vp8"; NULL for none. Static */
    int width, height;
    bool is_repaired;
    bool is_film; /* of a whole meeting */
};

/**
 * Find it out from the file itself: header, and all packets when that has no length.
 * @param name of the file, whose time stands in for one that is missing
 * @return 0, ERR_INVALID (this is no recording), ERR_IO, ERR_NO_MEMORY
 */
int about_look(struct about *out, int fd, const char *name, struct error *e) MUST_USE;
/** The text of such a file. @return 0, ERR_SYNTAX, ERR_INVALID, ERR_TOO_LARGE, ERR_NO_MEMORY; `out`
 * is then untouched */
int about_parse(struct about *out, struct span text, struct error *e) MUST_USE;
/** Read what was kept. @return 0, ERR_NOT_FOUND, ERR_INVALID, ERR_IO, ERR_NO_MEMORY */
int about_read(struct about *out, int folder, const char *name, struct error *e) MUST_USE;
/** @return 0, ERR_NO_SPACE, ERR_IO, ERR_NO_MEMORY */
int about_write(int folder, const char *name, const struct about *about, struct error *e) MUST_USE;

#endif
