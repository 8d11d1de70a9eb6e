#include "admin-cgi/store/store_setup.h"

#include <string.h>

#include "admin-cgi/store/db_statement.h"
#include "admin-cgi/store/db_transaction.h"
#include "admin-cgi/store/store_account.h"
#include "common/atomic_file.h"

static const char sql_clear[] = "DELETE FROM setup_tokens";
static const char sql_add[] = "INSERT INTO setup_tokens (hash, expires_at) VALUES (?1, ?2)";
static const char sql_check[] =
    "SELECT count(*) FROM setup_tokens WHERE hash = ?1 AND used_at IS NULL AND expires_at > ?2";
static const char sql_use[] =
    "UPDATE setup_tokens SET used_at = ?2 WHERE hash = ?1 AND used_at IS NULL AND expires_at > ?2";

static int refused(struct error *e)
{
    return error_set(e, ERR_DENIED, "token", "the setup link is unknown, used or expired");
}

int store_setup_token_create(struct db *db, int64_t now_us, char out[SETUP_TOKEN_SIZE],
                             struct error *e)
{
    char hash[SHA256_HEX_SIZE];
    bool own;
    int r = secret_id_make(out, SETUP_TOKEN_BYTES, e);

    if (r < 0)
        return r;
    sha256_hex(span_str(out), hash);
    r = db_join(db, &own, e);
    if (r < 0)
        return r;
    r = db_run(db, SQL(sql_clear), e);
    if (r == 0)
        r = db_run(db, SQL(sql_add, db_text(hash), db_int(now_us + SETUP_TOKEN_LIFETIME_US)), e);
    return db_finish(db, own, r, e);
}

int store_setup_token_check(struct db *db, struct span token, int64_t now_us, struct error *e)
{
    char hash[SHA256_HEX_SIZE];
    int64_t n = 0;
    int r;

    sha256_hex(token, hash);
    r = db_number(db, SQL(sql_check, db_text(hash), db_int(now_us)), &n, e);
    return r < 0 || n > 0 ? r : refused(e);
}

static int complete(struct db *db, struct span token, const struct account *account,
                    const struct actor *actor, int64_t *account_id, struct error *e)
{
    struct account administrator = *account;
    char hash[SHA256_HEX_SIZE];
    int64_t n = 0;
    int r = store_account_count_administrators(db, &n, e);

    if (r < 0)
        return r;
    if (n > 0)
        return error_set(e, ERR_WRONG_STATE, NULL, "somebody finished the setup meanwhile");
    sha256_hex(token, hash);
    r = db_run(db, SQL(sql_use, db_text(hash), db_int(actor->now_us)), e);
    if (r < 0)
        return r;
    if (db_changes(db) != 1)
        return refused(e);
    administrator.role = ACCOUNT_ADMINISTRATOR;
    return store_account_insert(db, &administrator, actor, account_id, e);
}

int store_setup_complete(struct db *db, struct span token, const struct account *account,
                         const struct actor *actor, int64_t *account_id, struct error *e)
{
    bool own;
    int r = db_join(db, &own, e);

    if (r < 0)
        return r;
    return db_finish(db, own, complete(db, token, account, actor, account_id, e), e);
}

int store_setup_close(struct db *db, struct error *e)
{
    return db_write(db, SQL(sql_clear), e);
}
