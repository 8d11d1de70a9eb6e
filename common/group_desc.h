/*
 * A group's description: the struct both programs mean by it. Immutable once parsed and counted, so
 * that a change is a new one swapped in (docs/ADMIN.md).
 *
 * A description may be used by several threads. json-c counts references without atomics and prints
 * into its objects, so `source`, `auth_keys` and `password.other` are only read from: never
 * json_object_get() or json_object_to_json_string() them there; json_object_deep_copy() is fine.
 */
#ifndef NEREID_COMMON_GROUP_DESC_H
#define NEREID_COMMON_GROUP_DESC_H

#include <json-c/json.h>

#include "common/atomic_file.h"
#include "common/buf.h"
#include "common/error.h"
#include "common/password.h"
#include "common/permissions.h"

#define GROUP_FILE_MAX (1024 * 1024)
#define HISTORY_AGE_DEFAULT_S 14400

struct group_user {
    char *name; /* NULL for the wildcard user */
    struct password password;
    struct permission_spec permissions;
};

/** Something in a file that does not stop it from loading: unknown member, bad password, codec. */
struct group_warning {
    unsigned line, column;
    char text[160];
};

enum tristate { UNSET, IS_FALSE, IS_TRUE };

struct group_desc {
    /* strings are NULL when absent */
    char *display_name;
    char *description;
    char *contact;
    char *comment;
    char *redirect;
    char *auth_server;
    char *auth_portal;
    bool is_public;
    bool allow_recording;
    bool is_encrypted; /* its pages encrypt what they send, and the server has no key */
    bool unrestricted_tokens;
    bool auto_subgroups;
    bool autolock;
    bool autokick;
    enum tristate allow_anonymous; /* IS_FALSE forbids empty names (SIG-10) */
    int64_t max_clients;           /* 0: no limit */
    int64_t keep_recordings_days;  /* 0: as the server's settings say; negative: for ever */
    int64_t last_n;                /* 0: the server's default; negative: no limit */
    int64_t max_history_age_s;     /* 0: HISTORY_AGE_DEFAULT_S; negative: nothing is kept */
    bool has_not_before, has_expires;
    int64_t not_before_us, expires_us; /* since 1970 */
    char **codecs;                     /* NULL-terminated; NULL: vp8, opus */
    size_t n_codecs;
    struct group_user *users; /* sorted bytewise by name */
    size_t n_users;
    struct group_user *wildcard; /* NULL: none */
    struct json_object
        *auth_keys;             /* array as written, or NULL; see token_jwt.h for the parsed form */
    struct jwt_keys *keys;      /* parsed once; NULL when there are none. Owned */
    struct json_object *source; /* the whole object as read, for members we do not know */
    struct group_warning *warnings;
    size_t n_warnings;
    bool is_unclean; /* warnings[0] says why: a member given twice, text after the object */
};

struct group_desc *group_desc_ref(struct group_desc *d);
void group_desc_unref(struct group_desc *d); /* NULL is fine; any thread */

/**
 * Parse and validate a group file's text; obsolete forms (op, presenter, other, allow-subgroups)
 * are upgraded. Unknown members become warnings, and so does what makes a text unclean: of a member
 * given twice the last counts, and what follows the object is ignored (docs/ADMIN.md, "Group
 * files").
 * @param e place "line L column C", text names the field
 */
int group_desc_parse(struct group_desc **out, struct span text, struct error *e) MUST_USE;

/** file_read() and group_desc_parse(); `stamp` may be NULL. ERR_NOT_FOUND when there is no file. */
int group_desc_load(struct group_desc **out, const char *path, struct file_stamp *stamp,
                    struct error *e) MUST_USE;

/** Is this top-level member of the file one of ours, in whatever case it is written? */
bool group_desc_knows(const struct group_desc *d, const char *member);

/** NULL when there is no such user. Borrowed. */
const struct group_user *group_desc_user(const struct group_desc *d, struct span name);

/** The description of an automatic subgroup: a copy, public false, description absent (3.2). */
int group_desc_subgroup(struct group_desc **out, const struct group_desc *parent) MUST_USE;

#endif
