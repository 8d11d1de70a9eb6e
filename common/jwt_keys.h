/*
 * The keys of a group that cryptographic tokens are verified with (RFC 7517, 7518): HS256, HS384,
 * HS512, ES256 on P-256 and RS256. A key of another kind never verifies.
 */
#ifndef NEREID_COMMON_JWT_KEYS_H
#define NEREID_COMMON_JWT_KEYS_H

#include <json-c/json.h>

#include "common/error.h"
#include "common/span.h"

#define JWT_KEYS_MAX 64 /* of one group */

struct jwt_keys; /* immutable; any thread */

/**
 * Parse `authKeys`. A malformed key does not fail: it is kept as unusable, with its reason.
 * @param out returned owned (jwt_keys_free())
 * @return 0; ERR_INVALID only when `array` is not an array of objects; ERR_TOO_LARGE for over
 *         JWT_KEYS_MAX keys; ERR_NO_MEMORY
 */
int jwt_keys_parse(struct jwt_keys **out, struct json_object *array, struct error *e) MUST_USE;

/** As above, and refuses the first malformed key, naming its index and member: for the API. */
int jwt_keys_parse_strict(struct jwt_keys **out, struct json_object *array,
                          struct error *e) MUST_USE;

/** NULL is fine. */
void jwt_keys_free(struct jwt_keys *k);

/** How many keys, unusable ones included; 0 for NULL. */
size_t jwt_keys_count(const struct jwt_keys *k);

/** Why key `index` is unusable ("k: is missing"), NULL when it is good. Borrowed. */
const char *jwt_keys_problem(const struct jwt_keys *k, size_t index);

/**
 * Is the signature over a text one of these keys'? Those are tried that have the algorithm and the
 * id, each with its own algorithm. A malformed one among them is a refusal.
 * @param kid       "": any key
 * @param signature decoded
 * @param which     takes the index of the key that it is; NULL is fine
 * @param e         for the log only, never for the client
 * @return 0, ERR_DENIED
 */
int jwt_keys_verify(const struct jwt_keys *k, const char *alg, const char *kid,
                    struct span signed_text, struct span signature, size_t *which,
                    struct error *e) MUST_USE;

#endif
