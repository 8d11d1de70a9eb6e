/*
 * The three hashes behind stored passwords, and the bounds within which their numbers are taken.
 * Slow on purpose: never on a loop.
 */
#ifndef NEREID_COMMON_PASSWORD_HASH_H
#define NEREID_COMMON_PASSWORD_HASH_H

#include <stdint.h>

#include "common/error.h"
#include "common/span.h"

/* Accepted when read; what is made keeps to them too. */
#define BCRYPT_COST_MIN 4
#define BCRYPT_COST_MAX 15
#define BCRYPT_INPUT_MAX 72 /* bytes; what follows is ignored */
#define BCRYPT_TEXT_SIZE 61 /* "$2a$10$", 22 characters of salt, 31 of hash, NUL */
#define BCRYPT_HASH_LEN 31  /* the last characters */
#define PBKDF2_ITERATIONS_MAX 5000000
#define PASSWORD_KEY_MIN 16 /* bytes */
#define PASSWORD_KEY_MAX 64
#define PASSWORD_SALT_MAX 64
#define SCRYPT_SALT_MIN 8
#define SCRYPT_N_MIN (1 << 10)
#define SCRYPT_N_MAX (1 << 20)
#define SCRYPT_R_MAX 32
#define SCRYPT_P_MAX 16
#define SCRYPT_MEMORY_MAX (64 << 20) /* bytes: 128 N r */

/** Cost of a well-formed bcrypt string ("$2$", "$2a$", "$2b$", "$2y$"), or -1. */
int bcrypt_cost(const char *text);

/** NULL when the numbers are within our bounds, else what is wrong. Static text. */
const char *scrypt_check(int64_t n, int64_t r, int64_t p);

/**
 * bcrypt of a phrase under the salt and cost of a well-formed bcrypt string.
 * @param phrase no NUL inside; bytes after the 72nd are ignored
 * @param out    "$2b$..." with its NUL; untouched on failure
 * @return 0, ERR_INVALID, ERR_NO_MEMORY
 */
int bcrypt_hash(char out[BCRYPT_TEXT_SIZE], struct span phrase, const char *setting) MUST_USE;

/**
 * PBKDF2-HMAC-SHA-256 (RFC 8018). `iterations` of 0 count as 1: GnuTLS aborts on 0.
 * @param len bytes of key to derive
 * @return 0, ERR_CRYPTO
 */
int pbkdf2_derive(uint8_t *out, size_t len, struct span phrase, struct span salt,
                  int64_t iterations) MUST_USE;

/**
 * scrypt (RFC 7914). The numbers must have passed scrypt_check().
 * @param len bytes of key to derive
 * @return 0, ERR_NO_MEMORY
 */
int scrypt_derive(uint8_t *out, size_t len, struct span phrase, struct span salt, int64_t n,
                  int64_t r, int64_t p) MUST_USE;

#endif
