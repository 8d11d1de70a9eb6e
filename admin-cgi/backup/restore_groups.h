/*
 * Putting groups of a backup back into the running server, one by one through the store; groups
 * that the backup does not have stay.
 */
#ifndef NEREID_ADMIN_CGI_BACKUP_RESTORE_GROUPS_H
#define NEREID_ADMIN_CGI_BACKUP_RESTORE_GROUPS_H

#include "admin-cgi/backup/backup_apply.h"
#include "admin-cgi/backup/backup_archive.h"
#include "admin-cgi/backup/backup_place.h"

struct restore_groups {
    int fd;                 /* the backup */
    struct span passphrase; /* empty: none */
    const char *group;      /* only this one; NULL: all */
    const struct actor *actor;
    struct archive_progress progress;
    /** Told of each group that is not equal; may be NULL. */
    void (*tell)(const struct apply_item *item);
    /* Results: */
    char before[BACKUP_NAME_SIZE]; /* the backup that keeps what was there */
    size_t n_seen, n_done, n_refused;
};

/** @param place held by the caller
 * @return 0, ERR_NOT_FOUND (the backup does not have the group), or as archive_unpack(),
 *         backup_keep() and apply_item() */
int restore_groups(struct restore_groups *r, struct app *app, const struct backup_place *place,
                   struct error *e) MUST_USE;

#endif
