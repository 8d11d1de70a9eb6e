/*
 * Archives that are no backups of ours: a tar or a zip of a Galene installation's groups/ and
 * data/, however it was packed. Files that can be taken in are picked out; all else is left.
 */
#ifndef NEREID_ADMIN_CGI_BACKUP_FOREIGN_ARCHIVE_H
#define NEREID_ADMIN_CGI_BACKUP_FOREIGN_ARCHIVE_H

#include "admin-cgi/backup/manifest.h"

#define FOREIGN_FILE_MAX (16 * 1024 * 1024)
#define FOREIGN_TOTAL_MAX (INT64_C(1) << 30)

struct foreign_limits {
    int64_t taken_max;  /* bytes of all files that are taken */
    int64_t passed_max; /* bytes of all that are left where they are; they cost time alone */
};

/**
 * Unpack groups and settings. Folders in front ("galene/groups/a.json") do not matter.
 * @param fd     tar, compressed with gzip, xz, bzip2 or zstd, or not at all; or zip
 * @param folder takes the files
 * @param m      zeroed; the files as a manifest, with those that were left out for a reason (links,
 *               what is too big); to be released always
 * @param limits NULL: FOREIGN_TOTAL_MAX, and any that is passed over
 * @return 0; ERR_SYNTAX (no archive, or a damaged one), ERR_NOT_FOUND (nothing in it that can be
 *         taken), ERR_TOO_LARGE, ERR_IO, ERR_NO_SPACE, ERR_NO_MEMORY
 */
int foreign_unpack(int fd, int folder, struct manifest *m, const struct foreign_limits *limits,
                   struct error *e) MUST_USE;

/** Where what may be taken begins in a member's name: "groups/a.json" of "./galene/groups/a.json".
 * NULL: it may not be taken. Pure. */
const char *foreign_path(const char *member);

#endif
