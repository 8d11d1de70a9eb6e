/*
 * Stateful tokens: the value, its rules; storage is token_store.h.
 */
#ifndef NEREID_COMMON_TOKEN_H
#define NEREID_COMMON_TOKEN_H

#include <json-c/json.h>

#include "common/error.h"
#include "common/permissions.h"
#include "common/span.h"

struct token {
    char *token;
    char *group; /* "" is server-wide */
    bool include_subgroups;
    char *username;                     /* NULL: the bearer chooses */
    struct permission_spec permissions; /* as written; a role is expanded at each use (SIG-22) */
    bool has_expires, has_not_before, has_issued_at;
    int64_t expires_us, not_before_us, issued_at_us; /* since 1970 */
    char *issued_by;
    struct json_object
        *source; /* as read: unknown members and the exact times survive; may be NULL */
};

void token_release(struct token *t);
int token_copy(struct token *out, const struct token *t) MUST_USE;
/**
 * From the manual's format; null counts as absent, an absent name or group is "". Members we do not
 * know are kept in `source`. Names are not checked here.
 * @param e place is the member
 */
int token_from_json(struct token *out, struct json_object *json, struct error *e) MUST_USE;
/** New object in the manual's format, times as they were written; NULL when out of memory. */
struct json_object *token_to_json(const struct token *t);
/** Group, expiry and not-before as of now; no leeway. Without expiry never valid. */
bool token_is_valid_for(const struct token *t, struct span group, int64_t now_us);
/** True for tokens that administer the whole server: group "" with include_subgroups. */
bool token_is_global(const struct token *t);
#define TOKEN_NAME_SIZE 32
/** 128 random bits, base64url without padding. */
int token_new_name(char out[TOKEN_NAME_SIZE]) MUST_USE;

#endif
