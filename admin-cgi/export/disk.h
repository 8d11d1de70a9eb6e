/*
 * Looking at managed files: what is there, is it ours to write, does it stand still.
 */
#ifndef NEREID_ADMIN_CGI_EXPORT_DISK_H
#define NEREID_ADMIN_CGI_EXPORT_DISK_H

#include "common/atomic_file.h"
#include "common/buf.h"

/** What is on disk under a name. */
struct disk_file {
    bool exists;
    bool is_link;        /* reached through a symbolic link, */
    bool is_hard_linked; /* or one of several names, */
    bool is_irregular;   /* or no regular file (then nothing was read) */
    bool is_settled;     /* not written to in the last 200 ms */
    struct file_stamp stamp;
    unsigned uid;
    int64_t mtime_us;
    struct buf text; /* only after disk_read() */
    char sha256[SHA256_HEX_SIZE];
};

/** The text that disk_read() made; zeroed is fine. */
void disk_file_release(struct disk_file *f);

/**
 * Look without reading.
 * @param root descriptor of groups/ or data/
 * @param path below it
 * @return 0 (also when there is none), ERR_IO
 */
int disk_look(int root, const char *path, struct disk_file *out) MUST_USE;

/**
 * Look and read, again until the stamp stands still.
 * @param size_max bytes
 * @param now_us   since 1970: `is_settled` is judged by it
 * @param out      to be released, also on failure
 * @return 0 (also when there is none), ERR_TOO_LARGE (the rest of `out` is filled), ERR_IO,
 *         ERR_NO_MEMORY
 */
int disk_read(int root, const char *path, size_t size_max, int64_t now_us, struct disk_file *out,
              struct error *e) MUST_USE;

#endif
