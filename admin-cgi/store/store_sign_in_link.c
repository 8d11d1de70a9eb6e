#include "admin-cgi/store/store_sign_in_link.h"

#include "admin-cgi/store/db_statement.h"
#include "admin-cgi/store/db_transaction.h"
#include "admin-cgi/store/store_form.h"
#include "common/atomic_file.h"

static const char sql_put[] =
    "INSERT INTO sign_in_links (account_id, hash, expires_at) VALUES (?1, ?2, ?3)"
    " ON CONFLICT (account_id) DO UPDATE SET hash = ?2, expires_at = ?3";
static const char sql_find[] =
    "SELECT account_id FROM sign_in_links WHERE hash = ?1 AND expires_at > ?2";
static const char sql_use[] =
    "DELETE FROM sign_in_links WHERE hash = ?1 AND account_id = ?2 AND expires_at > ?3";
static const char sql_purge[] = "DELETE FROM sign_in_links WHERE expires_at <= ?1";

static int is_over(struct error *e)
{
    return error_set(
        e, ERR_NOT_FOUND, NULL,
        "this link was used, or is older than a day: ask an administrator for another");
}

static int put(struct db *db, int64_t account_id, const char *hash, const struct actor *actor,
               struct error *e)
{
    int r = store_form_record(db, actor, e);

    if (r == 0)
        r = db_run(db,
                   SQL(sql_put, db_int(account_id), db_text(hash),
                       db_int(actor->now_us + SIGN_IN_LINK_LIFETIME_US)),
                   e);
    return r < 0 ? r : store_account_audit(db, actor, "account.sign-in-link", account_id, e);
}

int store_sign_in_link_make(struct db *db, int64_t account_id, const struct actor *actor,
                            char out[SIGN_IN_LINK_SIZE], struct error *e)
{
    char hash[SHA256_HEX_SIZE];
    bool own;
    int r = secret_id_make(out, SIGN_IN_LINK_BYTES, e);

    if (r == 0)
        r = db_join(db, &own, e);
    if (r < 0)
        return r;
    sha256_hex(span_str(out), hash);
    return db_finish(db, own, put(db, account_id, hash, actor, e), e);
}

int store_sign_in_link_find(struct db *db, struct arena *a, const char *token, int64_t now_us,
                            struct account *out, struct error *e)
{
    char hash[SHA256_HEX_SIZE];
    int64_t id = 0;
    int r;

    sha256_hex(span_str(token), hash);
    r = db_number(db, SQL(sql_find, db_text(hash), db_int(now_us)), &id, e);
    if (r == 0)
        r = store_account_get(db, a, id, out, e);
    if (r == ERR_NOT_FOUND || (r == 0 && out->is_disabled))
        return is_over(e);
    return r;
}

static int use(struct db *db, const char *hash, int64_t account_id, const char *pw_hash,
               const struct actor *actor, struct error *e)
{
    int r = db_run(db, SQL(sql_use, db_text(hash), db_int(account_id), db_int(actor->now_us)), e);

    if (r == 0 && db_changes(db) != 1)
        r = is_over(e);
    return r < 0 ? r : store_account_set_password(db, account_id, pw_hash, false, 0, actor, e);
}

int store_sign_in_link_use(struct db *db, const char *token, int64_t account_id,
                           const char *pw_hash, const struct actor *actor, struct error *e)
{
    char hash[SHA256_HEX_SIZE];
    bool own;
    int r = db_join(db, &own, e);

    if (r < 0)
        return r;
    sha256_hex(span_str(token), hash);
    return db_finish(db, own, use(db, hash, account_id, pw_hash, actor, e), e);
}

int store_sign_in_link_purge(struct db *db, int64_t now_us, struct error *e)
{
    return db_write(db, SQL(sql_purge, db_int(now_us)), e);
}
