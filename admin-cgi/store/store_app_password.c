#include "admin-cgi/store/store_app_password.h"

#include "admin-cgi/store/db_statement.h"
#include "admin-cgi/store/db_transaction.h"
#include "admin-cgi/store/store_account.h"
#include "admin-cgi/store/store_form.h"
#include "common/now.h"

#define USED_STEP_US (60 * US_PER_S)

#define COLUMNS                                                                                    \
    "SELECT id, account_id, label, caps, created_at, expires_at, last_used_at, last_used_address"  \
    " FROM app_passwords"

static const char sql_list[] = COLUMNS " WHERE account_id = ?1 ORDER BY id DESC LIMIT 1000";
static const char sql_find[] = COLUMNS " WHERE hash = ?1 AND account_id = ?2 AND expires_at > ?3";
static const char sql_count[] = "SELECT count(*) FROM app_passwords WHERE account_id = ?1";
static const char sql_add[] =
    "INSERT INTO app_passwords (account_id, label, hash, caps, created_at, expires_at)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
static const char sql_remove[] = "DELETE FROM app_passwords WHERE id = ?1 AND account_id = ?2";
static const char sql_used[] =
    "UPDATE app_passwords SET last_used_at = ?2, last_used_address = ?3 WHERE id = ?1";

static void read_row(sqlite3_stmt *q, struct arena *a, void *row)
{
    *(struct app_password *)row =
        (struct app_password){.id = db_column_int(q, 0),
                              .account_id = db_column_int(q, 1),
                              .label = db_column_text(q, 2, a),
                              .caps = (unsigned)db_column_int(q, 3),
                              .created_us = db_column_int(q, 4),
                              .expires_us = db_column_int(q, 5),
                              .last_used_us = db_column_int(q, 6),
                              .last_used_address = db_column_text(q, 7, a)};
}

static int add(struct db *db, const struct app_password *wanted, const char *hash,
               const struct actor *actor, struct error *e)
{
    int64_t n = 0;
    int r = store_form_record(db, actor, e);

    if (r == 0)
        r = db_number(db, SQL(sql_count, db_int(wanted->account_id)), &n, e);
    if (r == 0 && n >= APP_PASSWORDS_MAX)
        r = error_set(e, ERR_TOO_LARGE, NULL, "an account has at most %d app passwords",
                      APP_PASSWORDS_MAX);
    if (r == 0)
        r = db_run(db,
                   SQL(sql_add, db_int(wanted->account_id), db_text(wanted->label), db_text(hash),
                       db_int(wanted->caps), db_int(actor->now_us), db_int(wanted->expires_us)),
                   e);
    return r < 0
               ? r
               : store_account_audit(db, actor, "account.app-password.add", wanted->account_id, e);
}

int store_app_password_add(struct db *db, const struct app_password *wanted, const char *hash,
                           const struct actor *actor, struct error *e)
{
    bool own;
    int r = db_join(db, &own, e);

    return r < 0 ? r : db_finish(db, own, add(db, wanted, hash, actor, e), e);
}

int store_app_password_list(struct db *db, struct arena *a, int64_t account_id,
                            struct app_password **out, size_t *n_out, struct error *e)
{
    struct db_rows rows = {0};
    int r = db_all(db, a, SQL(sql_list, db_int(account_id)), read_row, sizeof(struct app_password),
                   &rows, e);

    if (r < 0)
        return r;
    *out = rows.items;
    *n_out = rows.n;
    return 0;
}

static int remove_row(struct db *db, int64_t id, int64_t account_id, const struct actor *actor,
                      struct error *e)
{
    int r = store_form_record(db, actor, e);

    if (r == 0)
        r = db_run(db, SQL(sql_remove, db_int(id), db_int(account_id)), e);
    if (r == 0 && db_changes(db) == 0)
        r = error_set(e, ERR_NOT_FOUND, NULL, "there is no such app password");
    return r < 0 ? r : store_account_audit(db, actor, "account.app-password.remove", account_id, e);
}

int store_app_password_remove(struct db *db, int64_t id, int64_t account_id,
                              const struct actor *actor, struct error *e)
{
    bool own;
    int r = db_join(db, &own, e);

    return r < 0 ? r : db_finish(db, own, remove_row(db, id, account_id, actor, e), e);
}

int store_app_password_find(struct db *db, struct arena *a, int64_t account_id, const char *hash,
                            int64_t now_us, struct app_password *out, struct error *e)
{
    int r = db_one(db, a, SQL(sql_find, db_text(hash), db_int(account_id), db_int(now_us)),
                   read_row, out, e);

    if (r == 0)
        return error_set(e, ERR_NOT_FOUND, NULL, "there is no such app password");
    return r < 0 ? r : 0;
}

int store_app_password_note(struct db *db, const struct app_password *used, const char *address,
                            int64_t now_us, struct error *e)
{
    int r;

    if (now_us - used->last_used_us < USED_STEP_US)
        return 0;
    db_relax(db, true);
    r = db_write(db, SQL(sql_used, db_int(used->id), db_int(now_us), db_text_or_empty(address)), e);
    db_relax(db, false);
    return r;
}
