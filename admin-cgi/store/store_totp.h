/*
 * The second factor of accounts: the secret of an authenticator app, which the caller has sealed,
 * and recovery codes, of which only digests are kept (SEC-52, SEC-53).
 */
#ifndef NEREID_ADMIN_CGI_STORE_STORE_TOTP_H
#define NEREID_ADMIN_CGI_STORE_STORE_TOTP_H

#include "admin-cgi/store/actor.h"
#include "admin-cgi/store/db.h"
#include "common/atomic_file.h"

#define RECOVERY_CODES 10

struct totp {
    struct span sealed; /* in the arena */
    int64_t confirmed_us;
    int64_t last_step; /* of the code that was used last */
};

typedef char recovery_hashes[RECOVERY_CODES][SHA256_HEX_SIZE];

/** ERR_NOT_FOUND: the account has no second factor. */
int store_totp_get(struct db *db, struct arena *a, int64_t account_id, struct totp *out,
                   struct error *e) MUST_USE;
/** Turn it on, or over to another app, with new recovery codes. Other sessions end.
 * @param step of the code that proved the app */
int store_totp_set(struct db *db, int64_t account_id, struct span sealed, int64_t step,
                   recovery_hashes hashes, int64_t keep_session_id, const struct actor *actor,
                   struct error *e) MUST_USE;
/** Turn it off; its recovery codes go. Other sessions end. ERR_NOT_FOUND: it was off. */
int store_totp_remove(struct db *db, int64_t account_id, int64_t keep_session_id,
                      const struct actor *actor, struct error *e) MUST_USE;
/** A code was right: it counts no more. ERR_DENIED: somebody was quicker. */
int store_totp_use(struct db *db, int64_t account_id, int64_t step, struct error *e) MUST_USE;

/** Ten new recovery codes; the old ones are void. ERR_NOT_FOUND: the second factor is off. */
int store_recovery_replace(struct db *db, int64_t account_id, recovery_hashes hashes,
                           const struct actor *actor, struct error *e) MUST_USE;
int store_recovery_left(struct db *db, int64_t account_id, int64_t *out, struct error *e) MUST_USE;
/** Use one up. ERR_DENIED: it is none of the account's, or was used. */
int store_recovery_use(struct db *db, int64_t account_id, const char *hash,
                       const struct actor *actor, struct error *e) MUST_USE;

/** Demand a second factor of an account, or not. */
int store_totp_require(struct db *db, int64_t account_id, bool is_required,
                       const struct actor *actor, struct error *e) MUST_USE;

#endif
