/*
 * Sealed bytes: encrypted and authenticated under data/secret.key (AES-256-GCM), for what the
 * server has to read again and nobody else may: kept forms, secrets of authenticator apps (SEC-55).
 *
 * A purpose is part of the key, and the context is authenticated: what was sealed for one thing
 * opens for nothing else.
 */
#ifndef NEREID_ADMIN_CGI_SEAL_H
#define NEREID_ADMIN_CGI_SEAL_H

#include "common/buf.h"
#include "common/error.h"

struct app;

/** Appends VERSION NONCE CIPHERTEXT TAG. @return 0, ERR_NO_MEMORY, ERR_CRYPTO */
int seal_add(struct buf *out, const struct app *app, const char *purpose, struct span context,
             struct span plain) MUST_USE;

/** Appends what was sealed; wipe it. @return 0, ERR_INVALID (not sealed here, or for something
 * else), ERR_NO_MEMORY, ERR_CRYPTO */
int seal_open(struct buf *out, const struct app *app, const char *purpose, struct span context,
              struct span sealed) MUST_USE;

#endif
