/*
 * Stored passwords: their forms in JSON and our limits on them. Making: password_make.h. Matching:
 * password_match.h.
 */
#ifndef NEREID_COMMON_PASSWORD_H
#define NEREID_COMMON_PASSWORD_H

#include <json-c/json.h>

#include "common/buf.h"
#include "common/error.h"
#include "common/span.h"

enum password_type {
    PASSWORD_NONE, /* absent, {}, null or type "": never matches */
    PASSWORD_PLAIN,
    PASSWORD_WILDCARD,
    PASSWORD_BCRYPT,
    PASSWORD_PBKDF2,
    PASSWORD_SCRYPT,
    PASSWORD_BAD /* malformed or outside our limits: never matches, and is a problem to report */
};

/** A stored password. Owns its strings. Zeroed is PASSWORD_NONE. */
struct password {
    enum password_type type;
    char *key; /* plain text, bcrypt string, or hexadecimal derived key */
    char *salt;
    int64_t iterations;
    int64_t n, r, p; /* scrypt */
    struct json_object
        *other;        /* the object as it was read, so that unknown members survive; or NULL */
    char problem[120]; /* for PASSWORD_BAD: what is wrong */
};

void password_release(struct password *p);

/**
 * Read a password member. A value that is malformed but of the right JSON type gives
 * PASSWORD_BAD and 0, so that the rest of a file loads; a wrong JSON type is ERR_INVALID.
 * @param json NULL means absent or null (never matches, SIG-11)
 */
int password_parse(struct password *out, struct json_object *json, struct error *e) MUST_USE;

/** New JSON as it is written into files (plain: the bare string); NULL for PASSWORD_NONE. */
struct json_object *password_to_json(const struct password *p);

/** As password_parse(), and refuses what password_parse() lets through as PASSWORD_BAD: for the API
 * and forms. ERR_INVALID names the member. */
int password_parse_strict(struct password *out, struct json_object *json, struct error *e) MUST_USE;

/** Whether matching costs so little that it need not go to the pool (none, plain, wildcard, bad).
 */
bool password_is_cheap(const struct password *p);

/** Weak: plain, pbkdf2 under 100,000 iterations, bcrypt under cost 8, scrypt under 16 MiB. */
bool password_is_weak(const struct password *p);

#endif
