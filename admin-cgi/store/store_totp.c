#include "admin-cgi/store/store_totp.h"

#include <gnutls/gnutls.h>
#include <stdio.h>

#include "admin-cgi/store/db_statement.h"
#include "admin-cgi/store/db_transaction.h"
#include "admin-cgi/store/store_account.h"
#include "admin-cgi/store/store_form.h"
#include "admin-cgi/store/store_session.h"

static const char sql_get[] =
    "SELECT secret, confirmed_at, last_step FROM totp WHERE account_id = ?1";
static const char sql_set[] =
    "INSERT INTO totp (account_id, secret, confirmed_at, last_step) VALUES (?1, ?2, ?3, ?4)"
    " ON CONFLICT (account_id) DO UPDATE SET secret = ?2, confirmed_at = ?3, last_step = ?4";
static const char sql_remove[] = "DELETE FROM totp WHERE account_id = ?1";
static const char sql_use[] =
    "UPDATE totp SET last_step = ?2 WHERE account_id = ?1 AND last_step < ?2";
static const char sql_codes_clear[] = "DELETE FROM recovery_codes WHERE account_id = ?1";
static const char sql_code_add[] = "INSERT INTO recovery_codes (account_id, hash) VALUES (?1, ?2)";
static const char sql_codes_left[] =
    "SELECT count(*) FROM recovery_codes WHERE account_id = ?1 AND used_at IS NULL";
static const char sql_codes[] =
    "SELECT hash FROM recovery_codes WHERE account_id = ?1 AND used_at IS NULL LIMIT 100";
static const char sql_code_use[] = "UPDATE recovery_codes SET used_at = ?3"
                                   " WHERE account_id = ?1 AND hash = ?2 AND used_at IS NULL";
static const char sql_require[] = "UPDATE accounts SET totp_required = ?2 WHERE id = ?1";

static void read_totp(sqlite3_stmt *q, struct arena *a, void *row)
{
    *(struct totp *)row = (struct totp){.sealed = db_column_blob(q, 0, a),
                                        .confirmed_us = db_column_int(q, 1),
                                        .last_step = db_column_int(q, 2)};
}

static int is_off(struct error *e)
{
    return error_set(e, ERR_NOT_FOUND, NULL, "the account has no second factor");
}

int store_totp_get(struct db *db, struct arena *a, int64_t account_id, struct totp *out,
                   struct error *e)
{
    int r = db_one(db, a, SQL(sql_get, db_int(account_id)), read_totp, out, e);

    if (r == 0)
        return is_off(e);
    return r < 0 ? r : 0;
}

static int write_codes(struct db *db, int64_t account_id, recovery_hashes hashes, struct error *e)
{
    int r = db_run(db, SQL(sql_codes_clear, db_int(account_id)), e);

    for (size_t i = 0; r == 0 && i < RECOVERY_CODES; i++)
        r = db_run(db, SQL(sql_code_add, db_int(account_id), db_text(hashes[i])), e);
    return r;
}

static int set(struct db *db, int64_t id, struct span sealed, int64_t step, recovery_hashes hashes,
               int64_t keep, const struct actor *actor, struct error *e)
{
    int r = store_form_record(db, actor, e);

    if (r == 0)
        r = db_run(
            db, SQL(sql_set, db_int(id), db_blob(sealed), db_int(actor->now_us), db_int(step)), e);
    if (r == 0)
        r = write_codes(db, id, hashes, e);
    if (r == 0)
        r = store_session_end_all(db, id, keep, e);
    return r < 0 ? r : store_account_audit(db, actor, "account.totp.on", id, e);
}

int store_totp_set(struct db *db, int64_t account_id, struct span sealed, int64_t step,
                   recovery_hashes hashes, int64_t keep_session_id, const struct actor *actor,
                   struct error *e)
{
    bool own;
    int r = db_join(db, &own, e);

    if (r < 0)
        return r;
    return db_finish(db, own, set(db, account_id, sealed, step, hashes, keep_session_id, actor, e),
                     e);
}

static int remove_totp(struct db *db, int64_t id, int64_t keep, const struct actor *actor,
                       struct error *e)
{
    int r = store_form_record(db, actor, e);

    if (r == 0)
        r = db_run(db, SQL(sql_remove, db_int(id)), e);
    if (r == 0 && db_changes(db) == 0)
        r = is_off(e);
    if (r == 0)
        r = db_run(db, SQL(sql_codes_clear, db_int(id)), e);
    if (r == 0)
        r = store_session_end_all(db, id, keep, e);
    return r < 0 ? r : store_account_audit(db, actor, "account.totp.off", id, e);
}

int store_totp_remove(struct db *db, int64_t account_id, int64_t keep_session_id,
                      const struct actor *actor, struct error *e)
{
    bool own;
    int r = db_join(db, &own, e);

    return r < 0 ? r
                 : db_finish(db, own, remove_totp(db, account_id, keep_session_id, actor, e), e);
}

int store_totp_use(struct db *db, int64_t account_id, int64_t step, struct error *e)
{
    int r = db_write(db, SQL(sql_use, db_int(account_id), db_int(step)), e);

    return r == 0 && db_changes(db) != 1
               ? error_set(e, ERR_DENIED, "code", "this code was used already")
               : r;
}

static int replace_codes(struct db *db, int64_t id, recovery_hashes hashes,
                         const struct actor *actor, struct error *e)
{
    struct arena none = {0};
    struct totp totp;
    int r = store_totp_get(db, &none, id, &totp, e);

    if (r == 0)
        r = store_form_record(db, actor, e);
    if (r == 0)
        r = write_codes(db, id, hashes, e);
    arena_release(&none);
    return r < 0 ? r : store_account_audit(db, actor, "account.recovery-codes", id, e);
}

int store_recovery_replace(struct db *db, int64_t account_id, recovery_hashes hashes,
                           const struct actor *actor, struct error *e)
{
    bool own;
    int r = db_join(db, &own, e);

    return r < 0 ? r : db_finish(db, own, replace_codes(db, account_id, hashes, actor, e), e);
}

int store_recovery_left(struct db *db, int64_t account_id, int64_t *out, struct error *e)
{
    return db_number(db, SQL(sql_codes_left, db_int(account_id)), out, e);
}

static void read_hash(sqlite3_stmt *q, struct arena *a, void *row)
{
    (void)a;
    snprintf(row, SHA256_HEX_SIZE, "%s", db_column_peek(q, 0));
}

/* All are compared, so that time tells nothing. @return 0 or ERR_DENIED */
static int find_code(struct db *db, int64_t id, const char *hash, struct error *e)
{
    struct arena arena = {0};
    struct db_rows rows = {0};
    unsigned n_equal = 0;
    int r = db_all(db, &arena, SQL(sql_codes, db_int(id)), read_hash, SHA256_HEX_SIZE, &rows, e);

    for (size_t i = 0; r == 0 && i < rows.n; i++)
        n_equal += gnutls_memcmp((const char *)rows.items + i * SHA256_HEX_SIZE, hash,
                                 SHA256_HEX_SIZE) == 0;
    arena_release(&arena);
    if (r == 0 && n_equal == 0)
        r = error_set(e, ERR_DENIED, "code", "this is no recovery code of the account");
    return r;
}

static int use_code(struct db *db, int64_t id, const char *hash, const struct actor *actor,
                    struct error *e)
{
    int r = find_code(db, id, hash, e);

    if (r == 0)
        r = db_run(db, SQL(sql_code_use, db_int(id), db_text(hash), db_int(actor->now_us)), e);
    return r < 0 ? r : store_account_audit(db, actor, "account.recovery-code", id, e);
}

int store_recovery_use(struct db *db, int64_t account_id, const char *hash,
                       const struct actor *actor, struct error *e)
{
    bool own;
    int r = db_join(db, &own, e);

    return r < 0 ? r : db_finish(db, own, use_code(db, account_id, hash, actor, e), e);
}

static int require(struct db *db, int64_t id, bool is_required, const struct actor *actor,
                   struct error *e)
{
    int r = store_form_record(db, actor, e);

    if (r == 0)
        r = db_run(db, SQL(sql_require, db_int(id), db_int(is_required)), e);
    return r < 0 ? r
                 : store_account_audit(
                       db, actor, is_required ? "account.totp.require" : "account.totp.allow-none",
                       id, e);
}

int store_totp_require(struct db *db, int64_t account_id, bool is_required,
                       const struct actor *actor, struct error *e)
{
    bool own;
    int r = db_join(db, &own, e);

    return r < 0 ? r : db_finish(db, own, require(db, account_id, is_required, actor, e), e);
}
