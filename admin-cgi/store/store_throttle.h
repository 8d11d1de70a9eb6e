/*
 * Counters against guessing, kept in SQLite so that they survive a restart (SEC-6). The policy is
 * common/throttle.h's.
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_THROTTLE_H
#define NEREID_ADMIN_CGI_STORE_STORE_THROTTLE_H

#include "admin-cgi/store/db.h"
#include "common/throttle.h"

/** @param kind what is counted: "setup", or a scope of guess.c
 *  @param wait_us 0: go on */
int store_throttle_wait(struct db *db, const char *kind, const char *key,
                        const struct throttle_rule *rule, int64_t now_us, int64_t *wait_us,
                        struct error *e) MUST_USE;
int store_throttle_failure(struct db *db, const char *kind, const char *key,
                           const struct throttle_rule *rule, int64_t now_us,
                           struct error *e) MUST_USE;
/** Clears the counter; writes only when there is one. */
int store_throttle_success(struct db *db, const char *kind, const char *key,
                           struct error *e) MUST_USE;
/** Has somebody signed in under this key in the last 30 days? @return 1, 0, or an error */
int store_throttle_is_known(struct db *db, const char *key, int64_t now_us,
                            struct error *e) MUST_USE;
/** Somebody did; writes at most once a day. */
int store_throttle_know(struct db *db, const char *key, int64_t now_us, struct error *e) MUST_USE;
/** Forget counters whose window and block are over, and who was long away. Keeper. */
int store_throttle_purge(struct db *db, int64_t now_us, struct error *e) MUST_USE;

#endif
