#include "admin-cgi/store/store_form.h"

#include "admin-cgi/store/db_internal.h"

#define KEEP_US (INT64_C(24) * 3600 * 1000000)

static const char sql_find[] = "SELECT result_url FROM forms WHERE id = ?1 AND account_id = ?2";
static const char sql_use[] =
    "INSERT INTO forms (id, account_id, result_url, at) VALUES (?1, ?2, ?3, ?4)";
static const char sql_purge[] = "DELETE FROM forms WHERE at < ?1";

int store_form_find(struct db *db, struct arena *a, const char *form_id, int64_t account_id,
                    const char **url, struct error *e)
{
    sqlite3_stmt *q = db_query(db, sql_find, e);
    int r;

    if (!q)
        return ERR_IO;
    db_bind_text(q, 1, form_id);
    db_bind_int(q, 2, account_id);
    r = db_step(db, q, e);
    if (r <= 0)
        return r < 0 ? r : ERR_NOT_FOUND;
    *url = db_column_text(q, 0, a);
    db_reset(q);
    return 0;
}

int form_record(struct db *db, const struct actor *actor, struct error *e)
{
    sqlite3_stmt *q;
    int r;

    if (!actor->form_id)
        return 0;
    q = db_query(db, sql_use, e);
    if (q) {
        db_bind_text(q, 1, actor->form_id);
        db_bind_int(q, 2, actor->account_id);
        db_bind_text(q, 3, actor->form_url ? actor->form_url : "");
        db_bind_int(q, 4, actor->now_us);
    }
    r = db_run(db, q, e);
    return r == ERR_EXISTS ? error_set(e, r, NULL, "this form was sent before") : r;
}

int store_form_use(struct db *db, const struct actor *actor, struct error *e)
{
    bool own;
    int r = db_join(db, &own, e);

    return r < 0 ? r : db_finish(db, own, form_record(db, actor, e), e);
}

int store_form_purge(struct db *db, int64_t now_us, struct error *e)
{
    sqlite3_stmt *q;
    bool own;
    int r = db_join(db, &own, e);

    if (r < 0)
        return r;
    q = db_query(db, sql_purge, e);
    if (q)
        db_bind_int(q, 1, now_us - KEEP_US);
    return db_finish(db, own, db_run(db, q, e), e);
}
