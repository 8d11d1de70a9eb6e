/*
 * Groups: what pages and API ask of the managed files of kind FILE_GROUP. Their users:
 * store_user.h; lists and searches: store_group_list.h.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_GROUP_H
#define NEREID_ADMIN_CGI_STORE_STORE_GROUP_H

#include "admin-cgi/precondition.h"
#include "admin-cgi/store/store_file.h"
#include "common/group_desc.h"

/** One group as of now. */
struct group_record {
    struct file_state file;
    struct group_desc *desc; /* of the head; the arena holds the reference */
    bool is_inherited; /* the description is an ancestor's, with auto-subgroups; then `file` is
                          the ancestor's too */
};

/**
 * A group with its own file.
 * @return 0, ERR_NOT_FOUND (none, or trashed: out->file.status tells), ERR_WRONG_STATE (the file is
 * broken and never was good: `e` has line and column), ERR_BUSY, ERR_IO
 */
int store_group_get(struct db *db, struct arena *a, const char *name, int64_t now_us,
                    struct group_record *out, struct error *e) MUST_USE;

/** As above, or the nearest ancestor's description when that has auto-subgroups. */
int store_group_find(struct db *db, struct arena *a, const char *name, int64_t now_us,
                     struct group_record *out, struct error *e) MUST_USE;

/** Replace the whole text ("raw"), or create. `condition` may be NULL. */
int store_group_save(struct db *db, const char *name, const struct precondition *condition,
                     struct span text, const struct actor *actor, struct file_result *out,
                     struct error *e) MUST_USE;

/**
 * The API's PUT: settable members become those of `object` (absent = reset),
 * users, keys and members we do not know stay, untouched members stay byte for byte.
 * @param object checked with group_desc_check_api() by the caller
 */
int store_group_put(struct db *db, const char *name, const struct precondition *condition,
                    struct json_object *object, const struct actor *actor, struct file_result *out,
                    struct error *e) MUST_USE;

/** One member that a form changed. */
struct member_change {
    const char *name;          /* of group_fields */
    struct json_object *value; /* borrowed; NULL removes the member */
};
/**
 * The console's save: only these members change. Made from version `base_seq`; when the head moved
 * on, members that only one side changed are merged.
 * @param conflicts may be NULL; else takes the names (borrowed from `changes`) that both changed,
 *                  NULL-terminated, into an array of n_changes + 1
 * @return as store_file_change(); ERR_PRECONDITION with `conflicts` when there are any
 */
int store_group_change_members(struct db *db, const char *name, int64_t base_seq,
                               const struct member_change *changes, size_t n_changes,
                               const struct actor *actor, const char **conflicts,
                               struct file_result *out, struct error *e) MUST_USE;

/** To the trash, with all versions; the group's tokens are the caller's to delete. */
int store_group_delete(struct db *db, const char *name, const struct precondition *condition,
                       const struct actor *actor, struct file_result *out,
                       struct error *e) MUST_USE;
/** Back from the trash: its last version becomes the head. ERR_EXISTS when the name is in use. */
int store_group_undelete(struct db *db, const char *name, const struct actor *actor,
                         struct file_result *out, struct error *e) MUST_USE;
/** An older version becomes the head. @param with_secrets else users and keys stay as they are */
int store_group_restore(struct db *db, const char *name, int64_t seq, bool with_secrets,
                        const struct actor *actor, struct file_result *out,
                        struct error *e) MUST_USE;

/** authKeys: `keys` is the array, NULL removes it. `condition` may be NULL. ERR_NOT_FOUND without a
 * file of its own. */
int store_group_set_keys(struct db *db, const char *name, const struct precondition *condition,
                         struct json_object *keys, const struct actor *actor,
                         struct file_result *out, struct error *e) MUST_USE;

#endif
