/*
 * Making a password to be stored. Takes as long as matching it: never on a loop.
 */
#ifndef NEREID_COMMON_PASSWORD_MAKE_H
#define NEREID_COMMON_PASSWORD_MAKE_H

#include "common/password.h"
#include "common/password_hash.h"

/** Parameters for making a password; zero means the default. */
struct password_recipe {
    enum password_type type; /* PASSWORD_BCRYPT, _PBKDF2, _SCRYPT, _WILDCARD; 0: bcrypt, or pbkdf2
                                when longer than 72 bytes */
    unsigned bcrypt_cost;    /* 4..15; default 10 */
    unsigned iterations;     /* default 600,000 */
    unsigned key_bytes;      /* default 32 */
    unsigned salt_bytes;     /* default 16 */
    unsigned scrypt_n, scrypt_r, scrypt_p; /* default 32768, 8, 3 */
};

/**
 * Hash a password under a fresh salt.
 *
 * @param out    returned owned (password_release()); untouched on failure
 * @param plain  any bytes but NUL; ignored for PASSWORD_WILDCARD
 * @param recipe NULL: all defaults
 * @return 0, ERR_INVALID (a NUL, numbers outside our limits, over 72 bytes for bcrypt),
 *         ERR_UNSUPPORTED (a type that is not made here), ERR_NO_MEMORY, ERR_CRYPTO, ERR_IO
 */
int password_make(struct password *out, struct span plain, const struct password_recipe *recipe,
                  struct error *e) MUST_USE;

#endif
