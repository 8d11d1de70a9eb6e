/*
 * The list of contents that is the first file of every backup (docs/ADMIN.md, "Backups"): what was
 * saved, by which program, when, with the SHA-256 of each file. Pure: bytes in, bytes out.
 */
#ifndef NEREID_ADMIN_CGI_BACKUP_MANIFEST_H
#define NEREID_ADMIN_CGI_BACKUP_MANIFEST_H

#include "admin-cgi/arena.h"
#include "common/atomic_file.h"
#include "common/buf.h"

#define MANIFEST_NAME "manifest.json"
#define MANIFEST_FORMAT 1
#define MANIFEST_SIZE_MAX (32 * 1024 * 1024)
#define MANIFEST_FILES_MAX 100000
#define BACKUP_FILE_MAX (INT64_C(64) << 30)   /* bytes of one file in a backup */
#define BACKUP_TOTAL_MAX (INT64_C(128) << 30) /* bytes of all */

enum backup_kind { BACKUP_EVERYTHING, BACKUP_GROUPS, BACKUP_GROUP };

struct manifest_file {
    const char *path; /* below the state directory: "groups/a/b.json", "data/nereid.db" */
    int64_t bytes;
    char sha256[SHA256_HEX_SIZE];
};

/** What lies in the state directory and is not in the backup. */
struct manifest_note {
    const char *path;
    const char *reason;
};

/** Zeroed is empty. Strings live in the arena. */
struct manifest {
    struct arena arena;
    int64_t format;
    const char *program; /* version of the program that made it */
    int64_t made_us;     /* since 1970 */
    enum backup_kind kind;
    struct manifest_file *files;
    size_t n_files, files_size;
    bool is_sorted; /* by path */
    struct manifest_note *left_out;
    size_t n_left_out, left_out_size;
};

void manifest_release(struct manifest *m);

/** The file's slot, to be filled in; NULL when out of memory. The path is copied. */
struct manifest_file *manifest_add(struct manifest *m, const char *path);
/** @return 0, ERR_NO_MEMORY */
int manifest_leave_out(struct manifest *m, const char *path, const char *reason) MUST_USE;
/** NULL when the backup has no such file. */
const struct manifest_file *manifest_find(const struct manifest *m, const char *path);
int64_t manifest_total_bytes(const struct manifest *m);
/** How many groups are in it. */
size_t manifest_count_groups(const struct manifest *m);

/** May a file of this path be in a backup? Those of groups with valid names, and the few of data/
 * that are the server's state. Everything else, and what leads outside, may not. */
bool manifest_path_ok(const char *path);
/** The group whose file this is, borrowed from `path`; empty for other files. */
struct span manifest_path_group(const char *path);

/** Files are sorted by path first. @return 0, ERR_NO_MEMORY */
int manifest_write(struct buf *out, struct manifest *m) MUST_USE;

/**
 * @param out zeroed; to be released also on failure
 * @return 0, ERR_SYNTAX, ERR_INVALID (a path that may not be, twice the same, a size or digest that
 *         is none), ERR_UNSUPPORTED (of a newer version), ERR_TOO_LARGE, ERR_NO_MEMORY
 */
int manifest_parse(struct manifest *out, struct span text, struct error *e) MUST_USE;

#endif
