/*
 * New keys for a group and the server that signs its tokens (RFC 7518). Nothing of them is kept
 * here.
 */
#ifndef NEREID_ADMIN_CGI_KEYS_KEY_MAKE_H
#define NEREID_ADMIN_CGI_KEYS_KEY_MAKE_H

#include <json-c/json.h>

#include "common/buf.h"
#include "common/error.h"

/** Both halves. Zeroed is empty. */
struct key_pair {
    struct json_object *stored;  /* what verifies: for the group's file */
    struct json_object *private; /* what signs: for the other server; a shared secret is the same */
    struct buf pem;              /* what signs, as PKCS #8 in PEM; empty for a shared secret */
};
void key_pair_release(struct key_pair *k); /* wipes */

/**
 * Make one.
 * @param alg HS256, HS384, HS512, ES256 or RS256 (2048 bits, which takes some tenths of a second)
 * @param kid its name; "": the thumbprint of a public key (RFC 7638), or a random one
 * @return 0, ERR_INVALID (no such algorithm), ERR_CRYPTO (no random numbers), ERR_NO_MEMORY
 */
int key_pair_make(struct key_pair *out, const char *alg, const char *kid, struct error *e) MUST_USE;

#endif
