/*
 * Permission sets: values that are copied, never shared (docs/PROTOCOL.md, SIG-16).
 */
#ifndef NEREID_COMMON_PERMISSIONS_H
#define NEREID_COMMON_PERMISSIONS_H

#include <json-c/json.h>

#include "common/error.h"
#include "common/span.h"

#define PERMISSION_WORDS_MAX 256 /* in one array of a description */

enum permission {
    PERMISSION_OP = 1 << 0,
    PERMISSION_PRESENT = 1 << 1,
    PERMISSION_MESSAGE = 1 << 2,
    PERMISSION_CAPTION = 1 << 3,
    PERMISSION_TOKEN = 1 << 4,
    PERMISSION_RECORD = 1 << 5,
    PERMISSION_ADMIN = 1 << 6,
    PERMISSION_SYSTEM = 1 << 7, /* the recorder */
};

/** An expanded set, as members hold it. Words that we do not know are kept for passing on. */
struct permissions {
    unsigned bits;
    char **unknown; /* NULL-terminated, one allocation; NULL for none */
};

/** What a description says: a role name that depends on options, or a literal set. */
enum permission_role {
    ROLE_NONE,  /* absent or null */
    ROLE_ARRAY, /* literal */
    ROLE_OP,
    ROLE_PRESENT,
    ROLE_MESSAGE,
    ROLE_OBSERVE,
    ROLE_CAPTION,
    ROLE_ADMIN
};

struct permission_spec {
    enum permission_role role;
    struct permissions literal; /* for ROLE_ARRAY, in the order written as far as known */
    char **names;               /* the array as written, NULL-terminated; NULL otherwise. Owned */
    size_t n_names;
};

void permissions_release(struct permissions *p);
int permissions_copy(struct permissions *out, const struct permissions *p) MUST_USE;
static inline bool permissions_has(const struct permissions *p, unsigned bits)
{
    return (p->bits & bits) == bits;
}
/** True when every permission of `sub` is in `p`, by plain comparison of names. */
bool permissions_include(const struct permissions *p, const struct permissions *sub);
/** New JSON array in the order op present message caption token record admin system, unknown. */
struct json_object *permissions_to_json(const struct permissions *p);
/** Parse a role name or an array of strings. @param json NULL means absent */
int permission_spec_parse(struct permission_spec *out, struct json_object *json,
                          struct error *e) MUST_USE;
/** An array of permissions by name. */
int permission_spec_literal(struct permission_spec *out, const char *const *names,
                            size_t n) MUST_USE;
void permission_spec_release(struct permission_spec *s);
int permission_spec_copy(struct permission_spec *out, const struct permission_spec *s) MUST_USE;
/** New JSON as it is written into files; NULL for ROLE_NONE. */
struct json_object *permission_spec_to_json(const struct permission_spec *s);
const char *permission_role_name(enum permission_role role);
/** The role of a name, as "op". @return false: there is none */
bool permission_role_find(enum permission_role *out, const char *name) MUST_USE;
/** The role whose permissions these are, with or without those that options of a group add;
 * ROLE_ARRAY: none's. */
enum permission_role permissions_role(const struct permissions *p);
/** The expanded set. Options act on named roles only, never on arrays. */
int permission_spec_expand(struct permissions *out, const struct permission_spec *s,
                           bool allow_recording, bool unrestricted_tokens) MUST_USE;

#endif
