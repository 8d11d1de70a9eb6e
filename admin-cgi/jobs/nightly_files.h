/*
 * The nightly backups on the disk: when the last one was made, and which go.
 */
#ifndef NEREID_ADMIN_CGI_JOBS_NIGHTLY_FILES_H
#define NEREID_ADMIN_CGI_JOBS_NIGHTLY_FILES_H

#include "admin-cgi/backup/backup_place.h"

#define NIGHTLY_PREFIX "nightly"

/** A backup in data/backups/. */
struct backup_file {
    char name[BACKUP_NAME_SIZE];
    int64_t bytes;
    int64_t made_us; /* when it was written */
};

/** Backups of the folder, newest first; NULL with `n` 0 when there is none. @return owned */
struct backup_file *backup_files_list(const char *data, size_t *n);

/** When the newest nightly one was made; 0: there is none. */
int64_t nightly_files_last_us(const char *data);

/** Remove what nightly_keep() does not keep. Others than nightly ones stay. */
void nightly_files_rotate(const struct backup_place *place);

#endif
