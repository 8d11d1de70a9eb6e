/*
 * Groups: what pages and API ask of the managed files of kind FILE_GROUP, and their index.
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
 * The API's PUT (spec/http.md 8.6): settable members become those of `object` (absent = reset),
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

/** authKeys: `keys` is the array, NULL removes it. ERR_NOT_FOUND without a file of its own. */
int store_group_set_keys(struct db *db, const char *name, struct json_object *keys,
                         const struct actor *actor, struct file_result *out,
                         struct error *e) MUST_USE;

/* ---- users of a group ---- */

/** Which user: a named one ("" is the empty user), or the wildcard user (NULL). */
int store_user_set_permissions(struct db *db, const char *group, const char *user,
                               const struct precondition *condition,
                               struct json_object *permissions, const struct actor *actor,
                               struct file_result *out, struct error *e) MUST_USE;
/** What a form changes of one user, all at once. */
struct user_edit {
    const char *user;                /* as above */
    const char *to;                  /* the name it gets; NULL: it keeps it */
    bool must_be_new;                /* ERR_EXISTS when there is such a user */
    int64_t base_seq;                /* version the form was made from; 0: none. ERR_PRECONDITION
                                        when the user is another one there than now */
    struct json_object *permissions; /* borrowed; NULL removes them */
    bool sets_password;              /* false: the password stays */
    struct json_object *password;    /* borrowed, made by common/password.h; NULL removes it */
};
int store_user_edit(struct db *db, const char *group, const struct user_edit *edit,
                    const struct actor *actor, struct file_result *out, struct error *e) MUST_USE;
/** ERR_NOT_FOUND without such a user. */
int store_user_delete(struct db *db, const char *group, const char *user,
                      const struct precondition *condition, const struct actor *actor,
                      struct file_result *out, struct error *e) MUST_USE;
/**
 * @param password as for the file (made by common/password.h, never plain text); NULL removes it
 * @param must_have when not NULL: the stored password must still be this one, else ERR_PRECONDITION
 *                  (a user who changes the own password proved exactly that one)
 */
int store_user_set_password(struct db *db, const char *group, const char *user,
                            struct json_object *password, const struct password *must_have,
                            const struct actor *actor, struct file_result *out,
                            struct error *e) MUST_USE;

/* ---- lists: from the index, never from all files ---- */

enum access_kind {
    ACCESS_KIND_NONE,     /* nobody can log in by password */
    ACCESS_KIND_USERS,    /* password per user */
    ACCESS_KIND_SHARED,   /* wildcard user with a password */
    ACCESS_KIND_OPEN,     /* wildcard user with password wildcard */
    ACCESS_KIND_EXTERNAL, /* keys */
    ACCESS_KIND_REDIRECT
};
const char *access_kind_name(enum access_kind kind); /* "users", "open" ... */

/** "none", "plain", "wildcard", "bcrypt", "pbkdf2", "scrypt", "bad": as the index has them. */
const char *password_kind_name(enum password_type type);

struct group_row {
    int64_t file_id;
    const char *name;
    const char *display_name; /* "" none */
    const char *description;  /* "" none */
    enum file_status status;
    enum access_kind access;
    bool is_public;
    bool auto_subgroups;
    bool allow_recording;
    bool has_weak_password;
    const char *redirect;              /* "" none */
    int64_t not_before_us, expires_us; /* 0: none */
    int64_t n_users;
    int64_t changed_us;
    const char *changed_by;   /* actor's name, "" unknown */
    const char *changed_kind; /* "console", "api", "file" ... */
    const char *etag;
};

enum group_sort { GROUP_SORT_NAME, GROUP_SORT_CHANGED };

struct group_query {
    const char *search; /* words over name, display name, description, contact, comment, users;
                           NULL or "": all */
    const char *user;   /* groups with this user name; NULL: any */
    const char *below;  /* subtree; NULL or "": all */
    bool only_public;
    bool only_problems;         /* broken or read-only */
    bool only_weak;             /* weak or plaintext passwords */
    bool only_trashed;          /* the trash in place of the living */
    int access;                 /* enum access_kind, or -1 */
    const struct scope *scopes; /* only groups in one of these scopes; NULL: no restriction */
    size_t n_scopes;
    enum group_sort sort;
    bool descending;
    const char *after; /* keyset cursor: `next` of the page before; NULL: from the start */
    size_t limit;      /* 1..1000 */
};
struct group_page {
    struct group_row *rows;
    size_t n_rows;
    const char *next; /* cursor for the next page; NULL: this was the last */
    int64_t total;    /* all that match */
};
/** ERR_INVALID for a cursor that is not one of ours. */
int store_group_list(struct db *db, struct arena *a, const struct group_query *q,
                     struct group_page *out, struct error *e) MUST_USE;

/** Public groups, by name, for the landing page when mediad does not answer. */
int store_group_list_public(struct db *db, struct arena *a, struct group_row **out, size_t *n_out,
                            struct error *e) MUST_USE;

struct user_hit {
    const char *group;
    const char *user;
    const char *permissions;   /* role name or "custom" */
    const char *password_kind; /* password_kind_name() */
    bool is_weak;
};
/** People search across groups: user names that start with `prefix`, by group and name.
 *  @param scopes only groups in one of these; NULL: all
 *  @param after  group and user of the last hit of the page before; NULL: from the start */
int store_user_search(struct db *db, struct arena *a, const char *prefix,
                      const struct scope *scopes, size_t n_scopes, const struct user_hit *after,
                      size_t limit, struct user_hit **out, size_t *n_out, struct error *e) MUST_USE;

/** May this person make one more group of this name? ERR_FORBIDDEN when a scope that grants it
 * holds as many as it may. */
int store_group_check_quota(struct db *db, struct arena *a, const struct principal *who,
                            const char *name, struct error *e) MUST_USE;

/** Numbers for dashboard and metrics. */
struct group_counts {
    int64_t groups, public_groups, broken, readonly, trashed, pending, conflicts;
};
int store_group_count(struct db *db, struct group_counts *out, struct error *e) MUST_USE;

#endif
