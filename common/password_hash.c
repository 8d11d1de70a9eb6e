#include "common/password_hash.h"

#include <crypt.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <libscrypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int bcrypt_cost(const char *text)
{
    static const char alphabet[] =
        "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    size_t at = 2;
    int cost;

    if (strncmp(text, "$2", 2) != 0)
        return -1;
    if (text[at] == 'a' || text[at] == 'b' || text[at] == 'y')
        at++;
    if (text[at] != '$' || text[at + 1] < '0' || text[at + 1] > '3' || text[at + 2] < '0' ||
        text[at + 2] > '9' || text[at + 3] != '$')
        return -1;
    cost = (text[at + 1] - '0') * 10 + (text[at + 2] - '0');
    at += 4;
    if (strlen(text + at) != 53 || strspn(text + at, alphabet) != 53)
        return -1;
    return cost;
}

const char *scrypt_check(int64_t n, int64_t r, int64_t p)
{
    if (n < SCRYPT_N_MIN || n > SCRYPT_N_MAX || (n & (n - 1)) != 0)
        return "N must be a power of two from 1024 to 1048576";
    if (r < 1 || r > SCRYPT_R_MAX)
        return "r must be from 1 to 32";
    if (p < 1 || p > SCRYPT_P_MAX)
        return "p must be from 1 to 16";
    if (128 * n * r > SCRYPT_MEMORY_MAX)
        return "N and r need more than 64 MiB";
    return NULL;
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
