#include "common/password_match.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>

#include "common/hex.h"
#include "common/password_hash.h"

#define DIGEST_SIZE 32 /* SHA-256 */

/* In a time that depends on lengths only. */
static bool secret_eq(struct span a, struct span b)
{
    uint8_t digest_a[DIGEST_SIZE];
    uint8_t digest_b[DIGEST_SIZE];
    bool is_equal = gnutls_hash_fast(GNUTLS_DIG_SHA256, a.data, a.len, digest_a) == 0 &&
                    gnutls_hash_fast(GNUTLS_DIG_SHA256, b.data, b.len, digest_b) == 0 &&
                    gnutls_memcmp(digest_a, digest_b, DIGEST_SIZE) == 0;

    explicit_bzero(digest_a, sizeof digest_a);
    explicit_bzero(digest_b, sizeof digest_b);
    return is_equal;
}

static bool match_bcrypt(const struct password *p, struct span supplied)
{
    char got[BCRYPT_TEXT_SIZE];
    size_t len = strlen(p->key);
    bool is_equal;

    if (bcrypt_hash(got, supplied, p->key) < 0)
        return false;
    /* The hash alone: libxcrypt clears unused bits in the last character of the salt. */
    is_equal = gnutls_memcmp(got + BCRYPT_TEXT_SIZE - 1 - BCRYPT_HASH_LEN,
                             p->key + len - BCRYPT_HASH_LEN, BCRYPT_HASH_LEN) == 0;
    explicit_bzero(got, sizeof got);
    return is_equal;
}

/* PBKDF2 and scrypt: derive as many bytes as the stored key has, and compare. */
static bool match_derived(const struct password *p, struct span supplied)
{
    uint8_t want[PASSWORD_KEY_MAX];
    uint8_t got[PASSWORD_KEY_MAX];
    uint8_t salt[PASSWORD_SALT_MAX];
    int len = hex_decode(p->key, want, sizeof want);
    int salt_len = hex_decode(p->salt ? p->salt : "", salt, sizeof salt);
    bool is_equal = false;
    int r;

    if (len < PASSWORD_KEY_MIN || salt_len < 0)
        return false;
    if (p->type == PASSWORD_SCRYPT)
        r = scrypt_check(p->n, p->r, p->p)
                ? ERR_INVALID
                : scrypt_derive(got, (size_t)len, supplied, span_of(salt, (size_t)salt_len), p->n,
                                p->r, p->p);
    else
        r = pbkdf2_derive(got, (size_t)len, supplied, span_of(salt, (size_t)salt_len),
                          p->iterations);
    if (r == 0)
        is_equal = gnutls_memcmp(want, got, (size_t)len) == 0;
    explicit_bzero(want, sizeof want);
    explicit_bzero(got, sizeof got);
    return is_equal;
}

bool password_match(const struct password *p, struct span supplied)
{
    switch (p->type) {
    case PASSWORD_WILDCARD:
        return true;
    case PASSWORD_PLAIN:
        return secret_eq(span_str(p->key), supplied);
    case PASSWORD_BCRYPT:
        return match_bcrypt(p, supplied);
    case PASSWORD_PBKDF2:
    case PASSWORD_SCRYPT:
        return match_derived(p, supplied);
    default:
        return false;
    }
}

bool password_match_nobody(struct span supplied)
{
    char got[BCRYPT_TEXT_SIZE];

    if (bcrypt_hash(got, supplied, "$2b$10$abcdefghijklmnopqrstuu") == 0)
        explicit_bzero(got, sizeof got);
    return false;
}
