/*
 * Which recordings belong to one meeting: those of a group that overlap in time, and those that
 * overlap these.
 */
#ifndef NEREID_RECORDING_MEETING_H
#define NEREID_RECORDING_MEETING_H

#include <stddef.h>

#include "recording/about.h"

struct meeting_file {
    char *name;
    int64_t start_us, end_us; /* wall clock */
    struct about about;
    bool is_wanted; /* the one that was asked for */
};

struct meeting {
    struct meeting_file *files; /* sorted by their start */
    size_t n;
};

/**
 * @param folder of the group @param start time in the name of one recording, as it is written there
 *        or with "-" for ":"
 * @return 0; ERR_NOT_FOUND: no recording of the group begins then; ERR_WRONG_STATE: it is still
 *         written; ERR_INVALID: it cannot be read; ERR_IO, ERR_NO_MEMORY. Others that cannot be
 * read are logged and left out
 */
int meeting_find(struct meeting *out, int folder, const char *start, struct error *e) MUST_USE;
void meeting_release(struct meeting *m);
/** Is it a screen that was shared, by the label of its stream? */
bool meeting_file_is_screen(const struct meeting_file *f);

/** The core of it. Leaves the files of the wanted ones' meeting, and releases the others.
 * @param files sorted by start @return how many are left */
size_t meeting_select(struct meeting_file *files, size_t n);

#endif
