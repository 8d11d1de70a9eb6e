#include "common/password_internal.h"

#include <crypt.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <libscrypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hex.h"

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

int bcrypt_hash(char out[BCRYPT_TEXT_SIZE], struct span phrase, const char *setting)
{
    char text[BCRYPT_INPUT_MAX + 1];
    char own_setting[BCRYPT_TEXT_SIZE];
    struct crypt_data *data = calloc(1, sizeof *data);
    const char *got;
    int r = ERR_INVALID;

    if (!data)
        return ERR_NO_MEMORY;
    /* All prefixes mean the same algorithm, but libxcrypt refuses "$2$" and treats bytes of 0xFF
     * specially under "$2a$". */
    snprintf(own_setting, sizeof own_setting, "$2b%s", setting + (setting[2] == '$' ? 2 : 3));
    if (span_copy(span_sub(phrase, 0, BCRYPT_INPUT_MAX), text, sizeof text)) {
        got = crypt_r(text, own_setting, data);
        if (got && strlen(got) == BCRYPT_TEXT_SIZE - 1) {
            memcpy(out, got, BCRYPT_TEXT_SIZE);
            r = 0;
        }
    }
    explicit_bzero(text, sizeof text);
    explicit_bzero(data, sizeof *data);
    free(data);
    return r;
}

int pbkdf2_derive(uint8_t *out, size_t len, struct span phrase, struct span salt,
                  int64_t iterations)
{
    gnutls_datum_t key = {(unsigned char *)(phrase.len ? phrase.data : (const uint8_t *)""),
                          (unsigned)phrase.len};
    gnutls_datum_t salt_datum = {(unsigned char *)(salt.len ? salt.data : (const uint8_t *)""),
                                 (unsigned)salt.len};

    if (iterations < 1)
        iterations = 1;
    return gnutls_pbkdf2(GNUTLS_MAC_SHA256, &key, &salt_datum, (unsigned)iterations, out, len) == 0
               ? 0
               : ERR_CRYPTO;
}

int scrypt_derive(uint8_t *out, size_t len, struct span phrase, struct span salt, int64_t n,
                  int64_t r, int64_t p)
{
    const uint8_t *phrase_data = phrase.len ? phrase.data : (const uint8_t *)"";

    return libscrypt_scrypt(phrase_data, phrase.len, salt.data, salt.len, (uint64_t)n, (uint32_t)r,
                            (uint32_t)p, out, len) == 0
               ? 0
               : ERR_NO_MEMORY;
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

/* The next piece up to '$' as a number. */
static bool take_number(struct span *rest, int64_t *out)
{
    struct span piece;
    uint64_t value;

    if (!span_split(rest, '$', &piece) || !span_u64(piece, &value) || value > INT32_MAX)
        return false;
    *out = (int64_t)value;
    return true;
}

static bool take_hex(struct span *rest, char *out, size_t size)
{
    struct span piece;

    return span_split(rest, '$', &piece) && span_copy(piece, out, size);
}

bool account_hash_match(const char *record, struct span supplied)
{
    char key[2 * PASSWORD_KEY_MAX + 1];
    char salt[2 * PASSWORD_SALT_MAX + 1];
    struct password p = {.type = PASSWORD_SCRYPT, .key = key, .salt = salt};
    struct span rest = span_str(record);
    struct span name;
    bool is_equal;

    is_equal = span_split(&rest, '$', &name) && span_eq_str(name, "scrypt") &&
               take_number(&rest, &p.n) && take_number(&rest, &p.r) && take_number(&rest, &p.p) &&
               take_hex(&rest, salt, sizeof salt) && take_hex(&rest, key, sizeof key) &&
               !rest.data && match_derived(&p, supplied);
    explicit_bzero(key, sizeof key);
    return is_equal;
}
