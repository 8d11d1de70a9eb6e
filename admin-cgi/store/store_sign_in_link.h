/*
 * Links by which a person signs in once, without a password, and sets one (SEC-57): for a new
 * account, and for who has forgotten theirs. Only digests are stored.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_SIGN_IN_LINK_H
#define NEREID_ADMIN_CGI_STORE_STORE_SIGN_IN_LINK_H

#include "admin-cgi/store/secret_id.h"
#include "admin-cgi/store/store_account.h"

#define SIGN_IN_LINK_BYTES 16
#define SIGN_IN_LINK_SIZE SECRET_ID_SIZE(SIGN_IN_LINK_BYTES)
#define SIGN_IN_LINK_LIFETIME_US (INT64_C(24) * 3600 * 1000000)

/** A new one; the account's link before it is void. */
int store_sign_in_link_make(struct db *db, int64_t account_id, const struct actor *actor,
                            char out[SIGN_IN_LINK_SIZE], struct error *e) MUST_USE;
/** Whose it is. ERR_NOT_FOUND: unknown, used, too old, or the account is disabled. */
int store_sign_in_link_find(struct db *db, struct arena *a, const char *token, int64_t now_us,
                            struct account *out, struct error *e) MUST_USE;
/** Use it up and set the account's password, in one transaction; all sessions end. ERR_NOT_FOUND as
 * above: the first use wins. */
int store_sign_in_link_use(struct db *db, const char *token, int64_t account_id,
                           const char *pw_hash, const struct actor *actor,
                           struct error *e) MUST_USE;
/** Forget what is too old. Keeper. */
int store_sign_in_link_purge(struct db *db, int64_t now_us, struct error *e) MUST_USE;

#endif
