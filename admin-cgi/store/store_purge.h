/*
 * What is old goes: versions of files, deleted groups, changes of settings, rows of the audit log.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_PURGE_H
#define NEREID_ADMIN_CGI_STORE_STORE_PURGE_H

#include "admin-cgi/store/actor.h"
#include "admin-cgi/store/db.h"

/** How long what is old stays. */
struct history_kept {
    int64_t audit_us;
    int64_t versions_us;
    int64_t n_newest;   /* versions of each file that stay in any case */
    int64_t deleted_us; /* deleted groups with all their versions; 0: for ever */
};
/** Older ones go, and the audit log says which groups and how many versions. What is in use, on the
 * disk or in an open conflict stays. Keeper. */
int store_purge_history(struct db *db, const struct history_kept *kept, int64_t now_us,
                        struct error *e) MUST_USE;

/**
 * Forget a group's versions but for the newest, at a person's wish; what is in use, on the disk or
 * in an open conflict stays, too. With an audit row that says how many went.
 * @param n_newest at least 1 @param n_gone how many went
 * @return 0, ERR_NOT_FOUND (no such group), ERR_EXISTS (the form came twice), ERR_BUSY, ERR_IO
 */
int store_purge_versions(struct db *db, const char *group, int64_t n_newest,
                         const struct actor *actor, int64_t *n_gone, struct error *e) MUST_USE;

#endif
