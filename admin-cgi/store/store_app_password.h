/*
 * Passwords of accounts for programs (SEC-56): made by the server, shown once, kept as digests.
 * They open the API and recordings, never the console.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_APP_PASSWORD_H
#define NEREID_ADMIN_CGI_STORE_STORE_APP_PASSWORD_H

#include "admin-cgi/store/actor.h"
#include "admin-cgi/store/db.h"
#include "common/atomic_file.h"

#define APP_PASSWORDS_MAX 50 /* of one account */
#define APP_PASSWORD_LABEL_MAX 100

struct app_password {
    int64_t id;
    int64_t account_id;
    const char *label;
    unsigned caps; /* enum capability; CAP_ALL: all that the account may */
    int64_t created_us;
    int64_t expires_us;
    int64_t last_used_us; /* 0: never */
    const char *last_used_address;
};

/** @param hash SHA-256 of the password
 *  @return 0, ERR_TOO_LARGE (the account has APP_PASSWORDS_MAX) */
int store_app_password_add(struct db *db, const struct app_password *wanted, const char *hash,
                           const struct actor *actor, struct error *e) MUST_USE;
/** Of an account, expired ones included, newest first. */
int store_app_password_list(struct db *db, struct arena *a, int64_t account_id,
                            struct app_password **out, size_t *n_out, struct error *e) MUST_USE;
/** ERR_NOT_FOUND: the account has none of that number. */
int store_app_password_remove(struct db *db, int64_t id, int64_t account_id,
                              const struct actor *actor, struct error *e) MUST_USE;
/** By digest, for the account; what is expired is not found. ERR_NOT_FOUND */
int store_app_password_find(struct db *db, struct arena *a, int64_t account_id, const char *hash,
                            int64_t now_us, struct app_password *out, struct error *e) MUST_USE;
/** Note when and from which address the password was used: written at most once a minute. */
int store_app_password_note(struct db *db, const struct app_password *used, const char *address,
                            int64_t now_us, struct error *e) MUST_USE;

#endif
