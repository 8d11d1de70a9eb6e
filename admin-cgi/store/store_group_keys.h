/*
 * Where a key is: since when in a group, and in which other groups. Keys lie in the groups' files,
 * not in columns, so both look for what only that key has (keys/key_jwk.h) in the files' bytes.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_GROUP_KEYS_H
#define NEREID_ADMIN_CGI_STORE_STORE_GROUP_KEYS_H

#include "admin-cgi/store/db.h"

/** When the first version was made that is kept and has the mark; 0: none. */
int store_group_key_since(struct db *db, int64_t file_id, const char *mark, int64_t *at_us,
                          struct error *e) MUST_USE;

/** A group whose file has one of the marks. @param mark index of it @param name valid in the call
 */
typedef void store_group_key_fn(void *user, size_t mark, const char *name);

/** Every group but one that has any of the marks, by name. One pass over all files. */
int store_group_keys_elsewhere(struct db *db, int64_t but_file_id, const char *const *marks,
                               size_t n_marks, store_group_key_fn *tell, void *user,
                               struct error *e) MUST_USE;

#endif
