/*
 * The one-time setup token by which the first administrator is made (WEB-2, SEC-8).
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_SETUP_H
#define NEREID_ADMIN_CGI_STORE_STORE_SETUP_H

#include "admin-cgi/store/secret_id.h"
#include "admin-cgi/store/store_account.h"

#define SETUP_TOKEN_BYTES 16
#define SETUP_TOKEN_SIZE SECRET_ID_SIZE(SETUP_TOKEN_BYTES)
#define SETUP_TOKEN_LIFETIME_US (INT64_C(24) * 3600 * 1000000)

/** A new token; those before it are void. */
int store_setup_token_create(struct db *db, int64_t now_us, char out[SETUP_TOKEN_SIZE],
                             struct error *e) MUST_USE;
/** 0 when the token can be used now, else ERR_DENIED. Changes nothing. */
int store_setup_token_check(struct db *db, struct span token, int64_t now_us,
                            struct error *e) MUST_USE;
/** Consume the token and make the administrator, in one transaction.
 * @return 0, ERR_DENIED (unknown, used, expired), ERR_WRONG_STATE (somebody finished before: there
 * is an active administrator), ERR_EXISTS (login) */
int store_setup_complete(struct db *db, struct span token, const struct account *account,
                         const struct actor *actor, int64_t *account_id, struct error *e) MUST_USE;
/** All tokens void: once an administrator exists. */
int store_setup_close(struct db *db, struct error *e) MUST_USE;

#endif
