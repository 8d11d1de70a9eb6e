/*
 * Groups that were deleted: their files are gone, their versions are kept, and they can be brought
 * back (store_group_undelete()).
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_DELETED_H
#define NEREID_ADMIN_CGI_STORE_STORE_DELETED_H

#include "admin-cgi/principal.h"
#include "admin-cgi/store/actor.h"
#include "admin-cgi/store/db.h"

struct deleted_group {
    const char *name;
    const char *display_name; /* "" none */
    int64_t deleted_us;
    const char *by; /* "": its file was taken away by hand */
    const char *by_kind;
    int64_t n_versions;
};

/** What to list. */
struct deleted_query {
    const char *search;         /* part of a name; "": all */
    const struct scope *scopes; /* only groups in one of these; NULL: all */
    size_t n_scopes;
    int64_t before_us; /* behind this one of the page before; 0: from the newest */
    const char *after;
    size_t limit;
};

/** The last deleted first. */
int store_deleted_list(struct db *db, struct arena *a, const struct deleted_query *q,
                       struct deleted_group **out, size_t *n_out, struct error *e) MUST_USE;

/** Forget a deleted group with all its versions, in the running transaction.
 * @return 0, ERR_NOT_FOUND (no deleted group is called so), ERR_BUSY, ERR_IO */
int store_deleted_forget(struct db *db, const char *name, struct error *e) MUST_USE;
/** The same by a person, in a transaction; an audit row says who did.
 * @return 0, ERR_NOT_FOUND (no deleted group is called so), ERR_EXISTS (the form came twice) ... */
int store_deleted_purge(struct db *db, const char *name, const struct actor *actor,
                        struct error *e) MUST_USE;

#endif
