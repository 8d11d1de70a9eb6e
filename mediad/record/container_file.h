/*
 * The bytes of a container's file, as libavformat wants to write and read them, and room for them
 * on the disk: allocated ahead and beyond the end (fallocate(2)), so that a file whose disk is full
 * can still be finished.
 */
#ifndef NEREID_MEDIAD_RECORD_CONTAINER_FILE_H
#define NEREID_MEDIAD_RECORD_CONTAINER_FILE_H

#include <stdint.h>

#include "common/error.h"

struct container_file {
    int fd;
    int64_t at;        /* where the next write goes */
    int64_t size;      /* bytes written */
    int64_t allocated; /* on the disk, from the start */
    bool is_plain;     /* the file system cannot allocate ahead */
    int error;         /* errno of the first write that failed */
};

/** Bytes kept allocated beyond what is written: enough for duration, cues and tags. */
#define CONTAINER_FILE_RESERVE (256 * 1024)

/** Makes sure that `pending` bytes more can be written, and the reserve after them.
 * @return 0, ERR_NO_SPACE, ERR_IO */
int container_file_reserve(struct container_file *f, int64_t pending, struct error *e) MUST_USE;
/** Gives back what was allocated and not written. */
void container_file_trim(struct container_file *f);

/* ---- as AVIOContext calls them: `opaque` is a struct container_file; AVERROR codes ---- */

int container_file_write(void *opaque, uint8_t *data, int len);
int container_file_read(void *opaque, uint8_t *data, int len);
int64_t container_file_seek(void *opaque, int64_t offset, int whence);

#endif
