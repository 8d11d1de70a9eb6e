/*
 * Where a recording lies: recordings/GROUP/NAME.webm.part while it is written, NAME.webm when it is
 * complete, and .about/NAME.webm.json beside it (docs/RECORDING.md, "The files"). Never goes
 * through a symbolic link below the recordings directory, never opens what was there.
 */
#ifndef NEREID_MEDIAD_RECORD_RECORDING_FILE_H
#define NEREID_MEDIAD_RECORD_RECORDING_FILE_H

#include "common/error.h"
#include "common/recording_name.h"
#include "common/span.h"

#define RECORDING_NAME_SIZE (RECORDING_NAME_MAX + 16) /* with an extension */

struct recording_file {
    int folder;                        /* of the group */
    int fd;                            /* locked, so that others see that it is being written */
    char name[RECORDING_NAME_SIZE];    /* with its extension: what it will be called */
    char base[RECORDING_NAME_MAX + 1]; /* without number and extension */
};

/** Makes the directories that are missing, and the file. @param directory recordings/
 * @param extension "webm", "mkv"
 * @return 0, ERR_IO, ERR_NO_SPACE, ERR_EXISTS (a hundred of that name) */
int recording_file_create(struct recording_file *f, const char *directory, const char *group,
                          int64_t started_us, const char *username, const char *extension,
                          struct error *e) MUST_USE;
/** Gives it its final name, which f->name then has. @return 0, ERR_IO */
int recording_file_publish(struct recording_file *f, struct error *e) MUST_USE;
/** Writes .about/NAME.json. @return 0, ERR_IO, ERR_NO_SPACE */
int recording_file_about(const struct recording_file *f, struct span json,
                         struct error *e) MUST_USE;
/** Takes it away, while it is a .part. */
void recording_file_remove(struct recording_file *f);
/** Closes it, and so lets go of its lock. */
void recording_file_close(struct recording_file *f);

#endif
