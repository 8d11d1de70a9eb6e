/*
 * What lists and searches know of a group: rows of `group_index`, `group_users` and `group_fts`,
 * rewritten whenever the head of its file moves.
 */
#ifndef NEREID_ADMIN_CGI_STORE_GROUP_INDEX_H
#define NEREID_ADMIN_CGI_STORE_GROUP_INDEX_H

#include "admin-cgi/store/db.h"
#include "common/group_desc.h"

/** How people get into a group. */
enum access_kind {
    ACCESS_KIND_NONE,     /* nobody can log in by password */
    ACCESS_KIND_USERS,    /* password per user */
    ACCESS_KIND_SHARED,   /* wildcard user with a password */
    ACCESS_KIND_OPEN,     /* wildcard user with password wildcard */
    ACCESS_KIND_EXTERNAL, /* keys */
    ACCESS_KIND_REDIRECT
};

/** "users", "open" ...: as the index has them. Static. */
const char *access_kind_name(enum access_kind kind);

/** "none", "plain", "wildcard", "bcrypt", "pbkdf2", "scrypt", "bad": as the index has them. Static.
 */
const char *password_kind_name(enum password_type type);

/**
 * Write what the index holds of a group, in the running write transaction.
 * @param name       of the group
 * @param changed_us since 1970: when the head was made
 */
int group_index_write(struct db *db, int64_t file_id, const char *name,
                      const struct group_desc *desc, int64_t changed_us, struct error *e) MUST_USE;

#endif
