/*
 * Private to jwt_keys.c and its test: the parsed keys.
 */
#ifndef NEREID_COMMON_JWT_INTERNAL_H
#define NEREID_COMMON_JWT_INTERNAL_H

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "common/jwt_keys.h"

/** One of the algorithms that we take; what is not in the table never verifies. */
struct jwt_algorithm {
    const char *alg;
    const char *kty;
    gnutls_mac_algorithm_t mac; /* GNUTLS_MAC_UNKNOWN: a signature */
    size_t key_bytes;           /* of an oct key */
    gnutls_sign_algorithm_t sign;
};

struct jwt_key {
    char *alg; /* as written; NULL when it is missing or no string: the key is never considered */
    char *kid; /* NULL: none */
    const struct jwt_algorithm *algorithm;
    uint8_t secret[64]; /* of an oct key */
    gnutls_pubkey_t pubkey;
    char problem[120]; /* why the key is unusable; "" when it is good */
};

struct jwt_keys {
    size_t n_keys;
    struct jwt_key keys[];
};

/** True when the signature over `signed_text` is this good key's. */
bool jwt_key_verify(const struct jwt_key *key, struct span signed_text, struct span signature);

#endif
