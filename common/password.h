/*
 * Passwords of users: forms, limits, matching, making (spec/signalling.md 4; spec/galenectl.md 7;
 * spec/security-ops.md S22, S23). Matching may take a quarter of a second: never on a loop.
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
 * @param json NULL means absent or null (never matches, R21)
 */
int password_parse(struct password *out, struct json_object *json, struct error *e) MUST_USE;

/** New JSON as it is written into files (plain: the bare string); NULL for PASSWORD_NONE. */
struct json_object *password_to_json(const struct password *p);

/** As password_parse(), and refuses what password_parse() lets through as PASSWORD_BAD: for the API
 * and forms. ERR_INVALID names the member. */
int password_parse_strict(struct password *out, struct json_object *json, struct error *e) MUST_USE;

/** True when the password is right. Constant time where it matters; slow; any thread. */
bool password_match(const struct password *p, struct span supplied);

/** Does the work of a bcrypt match of cost 10 and says no: for names that do not exist (S7). */
bool password_match_nobody(struct span supplied);

/** Whether matching costs so little that it need not go to the pool (none, plain, wildcard, bad).
 */
bool password_is_cheap(const struct password *p);

/** Weak: plain, pbkdf2 under 100,000 iterations, bcrypt under cost 8, scrypt under 16 MiB. */
bool password_is_weak(const struct password *p);

/** Parameters for making a password; zero means the default of S22. */
struct password_recipe {
    enum password_type type; /* PASSWORD_BCRYPT, _PBKDF2, _SCRYPT, _WILDCARD; 0: bcrypt, or pbkdf2
                                when longer than 72 bytes */
    unsigned bcrypt_cost;    /* 4..15; default 10 */
    unsigned iterations;     /* default 600,000 */
    unsigned key_bytes;      /* default 32 */
    unsigned salt_bytes;     /* default 16 */
    unsigned scrypt_n, scrypt_r, scrypt_p; /* default 32768, 8, 3 */
};

int password_make(struct password *out, struct span plain, const struct password_recipe *recipe,
                  struct error *e) MUST_USE;

/** Console accounts: scrypt record as one string "scrypt$N$r$p$SALTHEX$KEYHEX" (S20). */
int account_hash_make(struct buf *out, struct span plain, struct error *e) MUST_USE;
bool account_hash_match(const char *record, struct span supplied);

#endif
