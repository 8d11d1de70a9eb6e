/*
 * One JSON Web Key (RFC 7517, 7518) as the console shows and stores it: made of a public key, its
 * thumbprint, and what in it must not be shown. Pure; which keys are good: common/jwt_keys.h.
 */
#ifndef NEREID_ADMIN_CGI_KEYS_KEY_JWK_H
#define NEREID_ADMIN_CGI_KEYS_KEY_JWK_H

#include <gnutls/abstract.h>
#include <json-c/json.h>

#include "common/error.h"
#include "common/span.h"

#define P256_BYTES 32          /* of a coordinate or a private number of P-256 */
#define KEY_THUMBPRINT_SIZE 44 /* SHA-256 as base64url, with its NUL */

/** A member that is a string; NULL: it is none, or not there, or `jwk` is no object. Borrowed. */
const char *key_jwk_text(struct json_object *jwk, const char *name);

/** The key as one for signatures: ES256 for P-256, RS256 for RSA.
 * @param out returned owned
 * @return 0, ERR_UNSUPPORTED (another kind or curve), ERR_NO_MEMORY */
int key_jwk_public(struct json_object **out, gnutls_pubkey_t key, struct error *e) MUST_USE;

/** A number or coordinate as base64url. @param width bytes, with zeros in front; 0: the shortest
 * form @return false when out of memory */
bool key_jwk_set_bytes(struct json_object *jwk, const char *name, struct span bytes,
                       size_t width) MUST_USE;

/** The thumbprint of a good public key (RFC 7638, SHA-256). Shared secrets have none: it would tell
 * of them (section 7 there). @return whether there is one */
bool key_jwk_thumbprint(struct json_object *jwk, char out[KEY_THUMBPRINT_SIZE]);

/** The member that makes it a private key, as "d" (RFC 7518 sections 6.2.2, 6.3.2); NULL: none.
 * The shared secret of an oct key is none: it is what signatures are verified with. */
const char *key_jwk_private_member(struct json_object *jwk);

/** What no other key has: the text of x, n or k; NULL when it is missing. Borrowed. */
const char *key_jwk_mark(struct json_object *jwk);

/** The curve of a key, or its size in bits: "P-256", "3072"; "" when it has neither. */
void key_jwk_size(struct json_object *jwk, char *out, size_t size);

#endif
