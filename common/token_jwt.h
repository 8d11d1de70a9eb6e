/*
 * Cryptographic tokens: compact JWS with the keys of a group (SEC-24; RFC 7515, 7517,
 * 7519).
 */
#ifndef NEREID_COMMON_TOKEN_JWT_H
#define NEREID_COMMON_TOKEN_JWT_H

#include <json-c/json.h>

#include "common/error.h"
#include "common/jwt_keys.h"
#include "common/permissions.h"
#include "common/span.h"

/** True when the text has the form of a JWT: three parts, base64url, JSON objects (6). Otherwise it
 * is looked up as a stateful token. */
bool jwt_has_form(struct span text);

struct jwt_claims {
    char *subject;                      /* "" when absent. Owned */
    struct permission_spec permissions; /* a role given as a string means what it means in the
                                           group's file (SIG-22) */
    bool include_subgroups;
};
void jwt_claims_release(struct jwt_claims *c);

/** Where a token is shown. All borrowed. */
struct jwt_door {
    const struct jwt_keys *keys;
    const char *group;          /* the one being joined */
    const char *canonical_host; /* NULL: any host in `aud` */
    const char *base_path;      /* path of proxyURL, "" for none (SIG-25) */
    int64_t now_us;             /* since 1970 */
};

/**
 * Verify signature, times and audience.
 * @param e which check failed: for the log only, never for the client
 * @return 0, ERR_DENIED, ERR_NO_MEMORY
 */
int jwt_verify(struct jwt_claims *out, struct span text, const struct jwt_door *door,
               struct error *e) MUST_USE;

/** What is looked at, in this order; jwt_verify() ends at the first that fails. */
enum jwt_step { JWT_SIGNATURE, JWT_TIMES, JWT_AUDIENCE, JWT_SUBJECT, JWT_PERMISSIONS, JWT_N_STEPS };

/** A token as those see it who make tokens. */
struct jwt_report {
    struct json_object *header, *claims; /* as decoded, whoever signed them. Owned */
    struct error steps[JWT_N_STEPS];     /* code 0: passed */
    size_t key;             /* index of the one that signed it, if JWT_SIGNATURE passed */
    struct jwt_claims made; /* whole when every step passed */
};
void jwt_report_release(struct jwt_report *r);

/**
 * The checks of jwt_verify(), each of them, also behind one that fails.
 * @return 0: the steps say what they found; ERR_DENIED: it cannot be decoded, and nothing was
 *         checked; ERR_NO_MEMORY. In any case `out` is to be released.
 */
int jwt_examine(struct jwt_report *out, struct span text, const struct jwt_door *door,
                struct error *e) MUST_USE;

#endif
