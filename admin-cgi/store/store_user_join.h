/*
 * When users of groups last came in. Of users that a group's file names alone: what others call
 * themselves is not kept. The rows follow a group that is renamed, and go with it.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_USER_JOIN_H
#define NEREID_ADMIN_CGI_STORE_STORE_USER_JOIN_H

#include "admin-cgi/store/db.h"
#include "common/now.h"

struct user_join {
    const char *group; /* as mediad calls it: perhaps a subgroup without a file, whose users are
                          those of the nearest group above it */
    const char *user;
    int64_t at_us;
};

/** Keeper: note them, in one transaction; a later time stays. Users that no file names are passed
 * over. */
int store_user_join_add(struct db *db, const struct user_join *joins, size_t n,
                        struct error *e) MUST_USE;

/** Those of a group's file, sorted by `user` (strcmp); `group` is not set. In the arena. */
int store_user_join_list(struct db *db, struct arena *a, int64_t file_id, struct user_join **out,
                         size_t *n_out, struct error *e) MUST_USE;

/** Since when they are noted here: who came before, and not again, is not known. */
int store_user_join_since(struct db *db, int64_t *at_us, struct error *e) MUST_USE;

/** Forget users that their group's file does not name any more. Keeper. */
int store_user_join_purge(struct db *db, struct error *e) MUST_USE;

#endif
