/*
 * What holds of one group after another, for looks at all of them.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_GROUP_HEADS_H
#define NEREID_ADMIN_CGI_STORE_STORE_GROUP_HEADS_H

#include "admin-cgi/store/db.h"

struct group_head {
    const char *name;
    struct span text;
};

/** The groups behind a name, by name, in the arena: at most `limit`. Deleted ones are left out.
 * @param after "" for the first */
int store_group_heads(struct db *db, struct arena *a, const char *after, int64_t limit,
                      struct group_head **out, size_t *n_out, struct error *e) MUST_USE;

#endif
