/*
 * Files that people send: they come into data/uploads/ under a name that nobody reads, and get one
 * that says what they are when they are whole. What is older than a day, or was left by a crash,
 * goes when the next one comes.
 */
#ifndef NEREID_ADMIN_CGI_BACKUP_UPLOAD_H
#define NEREID_ADMIN_CGI_BACKUP_UPLOAD_H

#include "common/error.h"
#include "common/span.h"

#define UPLOAD_MAX (INT64_C(2) << 30) /* bytes; nginx refuses more (nereid.conf.in) */
#define UPLOAD_NAME_SIZE 64

struct upload {
    int folder, fd; /* data/uploads/, and the file */
    int64_t bytes, synced_bytes;
    char name[UPLOAD_NAME_SIZE];
};

/** @param bytes as announced; 0: not @return 0, ERR_NO_SPACE, ERR_IO, ERR_NO_MEMORY */
int upload_begin(struct upload *u, const char *data, int64_t bytes, int64_t now_us,
                 struct error *e) MUST_USE;
/** @return 0, ERR_TOO_LARGE, ERR_NO_SPACE, ERR_IO */
int upload_add(struct upload *u, struct span bytes, struct error *e) MUST_USE;
/** All is there: it is on the disk afterwards, and `fd` at its beginning. @return 0, ERR_IO ... */
int upload_end(struct upload *u, struct error *e) MUST_USE;
/** Keep it as data/uploads/NAME; `name` is it. @param suffix ".zip" */
int upload_keep(struct upload *u, int64_t now_us, const char *suffix, struct error *e) MUST_USE;
/** Keep it as a backup of data/backups/. @param backup its name (backup_name_free()) */
int upload_keep_as(struct upload *u, int backups, const char *backup, struct error *e) MUST_USE;
/** What was not kept goes. Zeroed is fine where `folder` and `fd` are -1. */
void upload_release(struct upload *u);

/** Open what was kept. @return a descriptor, ERR_NOT_FOUND */
int upload_open(const char *data, const char *name, struct error *e) MUST_USE;
/** Delete a kept upload that has been used. */
void upload_remove(const char *data, const char *name);

#endif
