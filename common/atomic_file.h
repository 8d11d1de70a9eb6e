/*
 * Whole files: read with a limit, replaced so that a crash leaves the old or the new content.
 * Purpose: every file that another program reads is written through here.
 */
#ifndef NEREID_COMMON_ATOMIC_FILE_H
#define NEREID_COMMON_ATOMIC_FILE_H

#include <sys/stat.h>
#include <sys/types.h>

#include "common/buf.h"
#include "common/error.h"

/** What tells one content of a file from another without reading it. All zero: no file. */
struct file_stamp {
    uint64_t dev;
    uint64_t ino;
    int64_t size_bytes;
    int64_t mtime_ns;
    int64_t ctime_ns;
};

bool file_stamp_eq(const struct file_stamp *a, const struct file_stamp *b);
struct file_stamp file_stamp_of(const struct stat *st);
/** @return 0, ERR_NOT_FOUND, or ERR_IO */
int file_stamp_read(struct file_stamp *out, const char *path) MUST_USE;

/**
 * Append a whole regular file to `out`.
 * @param size_max more is ERR_TOO_LARGE
 * @param stamp    may be NULL; taken from the opened descriptor before and after reading, and read
 *                 again when they differ
 * @return 0, ERR_NOT_FOUND, ERR_TOO_LARGE, ERR_INVALID (not a regular file), ERR_IO (also when it
 *         never holds still), ERR_NO_MEMORY; on failure `out` is as it was
 */
int file_read(struct buf *out, const char *path, size_t size_max, struct file_stamp *stamp,
              struct error *e) MUST_USE;

/**
 * Replace or create a file: temporary file beside it, fsync, rename, fsync of the directory.
 * @param mode as for open(2), umask applied
 * @return 0, ERR_NO_SPACE or ERR_IO; on failure the old file is untouched and nothing is left over
 *         (only a failed fsync of the directory, the last step, comes after the replacement)
 */
int file_replace(const char *path, struct span content, mode_t mode, struct error *e) MUST_USE;

/** As file_replace(), with exactly this mode whatever the umask: for files that two users write. */
int file_replace_exact(const char *path, struct span content, mode_t mode,
                       struct error *e) MUST_USE;

/** Write all of it, in one write(2) as long as the system takes it whole. 0, or errno's code. */
int file_write_all(int fd, struct span content) MUST_USE;

/** mkdir -p for the directory part of `path`, each new one fsynced into its parent. */
int file_make_parents(const char *path, mode_t mode, struct error *e) MUST_USE;

/** fsync the directory that holds `path`. */
int file_sync_parent(const char *path, struct error *e) MUST_USE;

/** Join with '/', into a new string; NULL when out of memory. Owned. */
char *path_join(const char *dir, const char *name);

/** SHA-256 in lower-case hexadecimal. */
#define SHA256_HEX_SIZE 65
void sha256_hex(struct span content, char out[SHA256_HEX_SIZE]);

#endif
