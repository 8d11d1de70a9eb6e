/*
 * The file that a backup is: a tar archive (POSIX pax), compressed with gzip, sealed with a
 * passphrase where one is given (age_file.h). Made by libarchive; `tar` reads it. Its first member
 * is the manifest. Members lie in a folder on either side of it: this module packs one and unpacks
 * into one.
 */
#ifndef NEREID_ADMIN_CGI_BACKUP_BACKUP_ARCHIVE_H
#define NEREID_ADMIN_CGI_BACKUP_BACKUP_ARCHIVE_H

#include "admin-cgi/backup/manifest.h"

/** Called as bytes of files have been packed or unpacked. @return false to give up: ERR_UNAVAILABLE
 */
typedef bool archive_progress_fn(void *arg, int64_t done_bytes, int64_t total_bytes);

struct archive_progress {
    archive_progress_fn *tell; /* may be NULL */
    void *arg;
};

/** Tell how far it is. @return 0, ERR_UNAVAILABLE (it is to be given up) */
int archive_progress_tell(const struct archive_progress *p, int64_t done, int64_t total,
                          struct error *e) MUST_USE;

/**
 * Pack the files of a manifest.
 * @param fd         takes the archive; borrowed
 * @param folder     descriptor of the folder that has the files under their paths
 * @param passphrase empty: not sealed
 * @return 0, ERR_IO, ERR_NO_SPACE, ERR_WRONG_STATE (a file changed meanwhile), ERR_NO_MEMORY,
 *         ERR_CRYPTO, ERR_UNAVAILABLE
 */
int archive_pack(int fd, int folder, struct manifest *m, struct span passphrase,
                 const struct archive_progress *progress, struct error *e) MUST_USE;

/** Does the file need a passphrase? Looks at its first bytes and leaves it where it stands.
 * @return 1, 0, or ERR_SYNTAX (not a backup), ERR_IO (also for what cannot be read twice) */
int archive_is_sealed(int fd, struct error *e) MUST_USE;

/** Read a backup's list of contents, and no further: what follows may still be damaged.
 * @param m zeroed, to be released always  @return as archive_unpack() */
int archive_manifest(int fd, struct manifest *m, struct span passphrase, struct error *e) MUST_USE;

/**
 * Read a backup whole, and hold every byte against its manifest.
 * @param folder takes the files, each synced; -1: they are only looked at
 * @param m      zeroed; filled also when something is wrong later, to be released always
 * @return 0, or: ERR_SYNTAX not a backup; ERR_DENIED wrong passphrase; ERR_CRYPTO, ERR_TRUNCATED
 *         changed or cut short; ERR_UNSUPPORTED of a newer version; ERR_TOO_LARGE more than the
 *         manifest says, or than there is room for; ERR_INVALID a link, a path that leads outside,
 *         a file that is not listed; ERR_IO, ERR_NO_SPACE, ERR_NO_MEMORY, ERR_UNAVAILABLE
 */
int archive_unpack(int fd, int folder, struct manifest *m, struct span passphrase,
                   const struct archive_progress *progress, struct error *e) MUST_USE;

#endif
