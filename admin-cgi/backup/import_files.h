/*
 * Taking files of another server in, groups and settings, one by one through the store: all that
 * are new, all that differ, or those that are named. Nothing else is changed, and nothing goes.
 */
#ifndef NEREID_ADMIN_CGI_BACKUP_IMPORT_FILES_H
#define NEREID_ADMIN_CGI_BACKUP_IMPORT_FILES_H

#include "admin-cgi/backup/backup_apply.h"
#include "admin-cgi/backup/backup_archive.h"
#include "admin-cgi/backup/backup_place.h"

/** What of an archive is unpacked at a page's request, or by a job for one. */
#define IMPORT_TAKEN_MAX (INT64_C(256) << 20) /* bytes of all files that can be taken */
#define IMPORT_PASSED_MAX (INT64_C(1) << 30)  /* bytes of all that are passed over */

enum import_choice { IMPORT_NEW, IMPORT_ALL, IMPORT_NAMED };

struct import_files {
    int fd; /* the archive: foreign_unpack() */
    enum import_choice choice;
    struct span named; /* IMPORT_NAMED: their paths, one a line */
    const struct actor *actor;
    struct archive_progress progress; /* over the files that are taken, each of them */
    /** What was there, as a backup of this name; not made again where it is there. */
    const char *before;
    /* Results: */
    size_t n_seen, n_done, n_refused;
};

/** Is it one of those that the order names? */
bool import_is_chosen(const struct import_files *order, const struct apply_item *item);

/** @param place held by the caller
 * @return 0, ERR_UNAVAILABLE (it was given up; what was taken in stays), or as foreign_unpack(),
 *         backup_keep() and apply_item() */
int import_files(struct import_files *order, struct app *app, const struct backup_place *place,
                 struct error *e) MUST_USE;

#endif
