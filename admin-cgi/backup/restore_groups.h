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
    struct archive_progress progress; /* over the bytes of the backup */
    struct archive_progress items;    /* over its groups, before each */
    /** Told of each group that is not equal; may be NULL. */
    void (*tell)(const struct apply_item *item);
    /* Results: */
    /** The backup that keeps what was there; given by the caller where an attempt before this one
     * may have made it. */
    char before[BACKUP_NAME_SIZE];
    size_t n_seen, n_done, n_refused;
};

/** @param place held by the caller
 * @return 0, ERR_NOT_FOUND (the backup does not have the group), ERR_UNAVAILABLE (it was given up;
 *         groups that were put back stay so), or as archive_unpack(),
 *         backup_keep() and apply_item() */
int restore_groups(struct restore_groups *r, struct app *app, const struct backup_place *place,
                   struct error *e) MUST_USE;

/** Keep what is there as a backup of this name, unless it is there already: a job that begins anew
 * after a crash keeps the state before its first attempt. @return 0, or as backup_keep() */
int restore_keep_present(struct app *app, const struct backup_place *place, const char *name,
                         int64_t now_us, struct error *e) MUST_USE;

#endif
