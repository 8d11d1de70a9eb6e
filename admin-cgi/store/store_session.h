/*
 * Console sessions: only the SHA-256 of a session id is stored (SEC-1 to SEC-4).
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_SESSION_H
#define NEREID_ADMIN_CGI_STORE_STORE_SESSION_H

#include "admin-cgi/store/actor.h"
#include "admin-cgi/store/db.h"
#include "admin-cgi/store/secret_id.h"

#define SESSION_ID_BYTES 32
#define SESSION_ID_SIZE SECRET_ID_SIZE(SESSION_ID_BYTES)
#define SESSIONS_PER_ACCOUNT_MAX 20

struct session {
    int64_t id;         /* row; for lists and "end this one" */
    int64_t account_id; /* 0: of a group's user or of config.json */
    const char *group;  /* signed in "for a group"; "" otherwise */
    const char *user;   /* user of the group or of config.json; "" for an account */
    int64_t created_us;
    int64_t last_seen_us;
    int64_t idle_us;    /* ends so long after it was last seen */
    int64_t expires_us; /* absolute end */
    int64_t proved_at_us;
    const char *address;
    const char *agent;
    const char *flash;       /* message for the next page, JSON or text; "" none */
    char token_hash_hex[65]; /* for the CSRF token: HMAC(secret.key, this || "csrf") */
};

/** What a new session is made of. */
struct session_new {
    int64_t account_id;
    const char *group;
    const char *user;
    const char *address;
    const char *agent;
    const char *flash;   /* message for its first page; NULL: none */
    int64_t idle_us;     /* 0: 30 min */
    int64_t lifetime_us; /* 0: 12 h */
};

/** @param id_out the cookie's value. The account's oldest session ends beyond
 * SESSIONS_PER_ACCOUNT_MAX. `old_id` (may be NULL) is the cookie it replaces: ended in the same
 * transaction (SEC-2). */
int store_session_create(struct db *db, const struct session_new *n, const char *old_id,
                         int64_t now_us, char id_out[SESSION_ID_SIZE], struct error *e) MUST_USE;
/** By cookie value; last_seen is written at most once a minute. ERR_NOT_FOUND: unknown, idle for
 * too long, past its end, or last seen more than 5 minutes in the future (FAULT-11). */
int store_session_find(struct db *db, struct arena *a, const char *id, int64_t now_us,
                       struct session *out, struct error *e) MUST_USE;
/** New id for the same session, with a fresh proof (SEC-2). */
int store_session_renew(struct db *db, const char *old_id, int64_t now_us,
                        char id_out[SESSION_ID_SIZE], struct error *e) MUST_USE;
/** Message for the next page; NULL clears it. */
int store_session_set_flash(struct db *db, int64_t session_id, const char *flash,
                            struct error *e) MUST_USE;
/** Sign out. Unknown ids are no error. */
int store_session_end(struct db *db, const char *id, struct error *e) MUST_USE;
int store_session_end_row(struct db *db, int64_t session_id, int64_t account_id,
                          struct error *e) MUST_USE;
int store_session_end_all(struct db *db, int64_t account_id, int64_t keep_session_id,
                          struct error *e) MUST_USE;
/** All sessions, those that are open too, last so long from now on. */
int store_session_set_times(struct db *db, int64_t idle_us, int64_t lifetime_us,
                            struct error *e) MUST_USE;
/** All sessions of everybody end but one. @param n takes how many ended */
int store_session_end_others(struct db *db, int64_t keep_session_id, const struct actor *actor,
                             int64_t *n, struct error *e) MUST_USE;
int store_session_list(struct db *db, struct arena *a, int64_t account_id, int64_t now_us,
                       struct session **out, size_t *n_out, struct error *e) MUST_USE;
/** Remove what ended. Keeper. */
int store_session_purge(struct db *db, int64_t now_us, struct error *e) MUST_USE;

#endif
