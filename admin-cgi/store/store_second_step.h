/*
 * Sign-ins whose password was right, and which wait for a code: known by a cookie, for five minutes
 * and five tries (SEC-52). Only the digest of the cookie is stored.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_SECOND_STEP_H
#define NEREID_ADMIN_CGI_STORE_STORE_SECOND_STEP_H

#include "admin-cgi/store/db.h"
#include "admin-cgi/store/secret_id.h"

#define SECOND_STEP_BYTES 32
#define SECOND_STEP_SIZE SECRET_ID_SIZE(SECOND_STEP_BYTES)
#define SECOND_STEP_SECONDS (5 * 60)
#define SECOND_STEP_TRIES 5

struct second_step {
    int64_t account_id;
    int64_t tries; /* that were wrong */
    const char *next;
    const char *kept;
};

/** @param next, kept where the sign-in leads, to be given back (handlers/sign_in.h); "" none
 * @param out the cookie's value. An account's oldest one goes beyond twenty. */
int store_second_step_create(struct db *db, int64_t account_id, const char *next, const char *kept,
                             int64_t now_us, char out[SECOND_STEP_SIZE], struct error *e) MUST_USE;
/** ERR_NOT_FOUND: unknown, too old, or too many tries. */
int store_second_step_find(struct db *db, struct arena *a, const char *id, int64_t now_us,
                           struct second_step *out, struct error *e) MUST_USE;
/** A code is tried: counted before it is looked at. ERR_NOT_FOUND: no try is left. */
int store_second_step_try(struct db *db, const char *id, int64_t now_us, struct error *e) MUST_USE;
int store_second_step_end(struct db *db, const char *id, struct error *e) MUST_USE;
/** Of an account whose password or second factor changed. */
int store_second_step_end_all(struct db *db, int64_t account_id, struct error *e) MUST_USE;
/** Forget what is over. Keeper. */
int store_second_step_purge(struct db *db, int64_t now_us, struct error *e) MUST_USE;

#endif
