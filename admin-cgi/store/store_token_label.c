#include "admin-cgi/store/store_token_label.h"

#include "admin-cgi/store/db_statement.h"
#include "admin-cgi/store/db_transaction.h"
#include "common/now.h"

#define KEEP_US (7 * US_PER_DAY) /* as token_store_purge() keeps tokens */

static const char sql_set[] =
    "INSERT INTO token_labels (token_sha256, label, expires_at) VALUES (?1, ?2, ?3)"
    " ON CONFLICT (token_sha256) DO UPDATE SET label = ?2, expires_at = ?3";
static const char sql_remove[] = "DELETE FROM token_labels WHERE token_sha256 = ?1";
static const char sql_get[] = "SELECT label FROM token_labels WHERE token_sha256 = ?1";
static const char sql_purge[] = "DELETE FROM token_labels WHERE expires_at < ?1";

int store_token_label_set(struct db *db, const char *token_sha256, const char *label,
                          int64_t expires_us, struct error *e)
{
    if (!*label)
        return db_write(db, SQL(sql_remove, db_text(token_sha256)), e);
    return db_write(db, SQL(sql_set, db_text(token_sha256), db_text(label), db_int(expires_us)), e);
}

int store_token_label_set_all(struct db *db, const char *const *tokens_sha256, size_t n,
                              const char *label, int64_t expires_us, struct error *e)
{
    bool own;
    int r = db_join(db, &own, e);

    if (r < 0)
        return r;
    for (size_t i = 0; r == 0 && i < n; i++)
        r = store_token_label_set(db, tokens_sha256[i], label, expires_us, e);
    return db_finish(db, own, r, e);
}

int store_token_label_get(struct db *db, struct arena *a, const char *token_sha256,
                          const char **out, struct error *e)
{
    int r;

    *out = "";
    r = db_one(db, a, SQL(sql_get, db_text(token_sha256)), db_read_text, out, e);
    return r < 0 ? r : 0;
}

int store_token_label_purge(struct db *db, int64_t now_us, struct error *e)
{
    return db_write(db, SQL(sql_purge, db_int(now_us - KEEP_US)), e);
}
