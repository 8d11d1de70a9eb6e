/*
 * The users of a description, or of data/config.json: an array sorted bytewise by name.
 */
#ifndef NEREID_COMMON_GROUP_DESC_USERS_H
#define NEREID_COMMON_GROUP_DESC_USERS_H

#include "common/group_desc_doc.h"

/** Read a user description's password and permissions. A bad password is a warning. */
void desc_read_user(struct desc_doc *doc, struct group_user *out, struct json_object *json,
                    struct desc_path path);

/**
 * Read an object of users, sorted by name; a bad name is left out with a warning.
 * @param json NULL gives none
 */
void desc_read_users(struct desc_doc *doc, struct json_object *json, struct desc_path path,
                     struct group_user **out, size_t *n_out);

/** What a user owns. */
void group_user_release(struct group_user *u);

/** An array of `n` users and what they own; NULL is fine. */
void group_users_free(struct group_user *users, size_t n);

/** Binary search; NULL when there is none. */
struct group_user *group_users_find(struct group_user *users, size_t n, struct span name);

/** Upgrade the obsolete members op, presenter, other and allow-subgroups into the description. */
void desc_read_obsolete(struct desc_doc *doc, struct group_desc *d, struct json_object *root);

#endif
