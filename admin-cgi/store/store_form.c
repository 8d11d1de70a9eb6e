#include "admin-cgi/store/store_form.h"

#include "admin-cgi/store/db_statement.h"
#include "admin-cgi/store/db_transaction.h"

#define KEEP_US (INT64_C(24) * 3600 * 1000000)

static const char sql_find[] = "SELECT result_url FROM forms WHERE id = ?1 AND account_id = ?2";
static const char sql_use[] =
    "INSERT INTO forms (id, account_id, result_url, at) VALUES (?1, ?2, ?3, ?4)";
static const char sql_forget[] = "DELETE FROM forms WHERE id = ?1 AND account_id = ?2";
static const char sql_purge[] = "DELETE FROM forms WHERE at < ?1";

int store_form_find(struct db *db, struct arena *a, const char *form_id, int64_t account_id,
                    const char **url, struct error *e)
{
    int r =
        db_one(db, a, SQL(sql_find, db_text(form_id), db_int(account_id)), db_read_text, url, e);

    return r == 0 ? ERR_NOT_FOUND : r < 0 ? r : 0;
}

int store_form_record(struct db *db, const struct actor *actor, struct error *e)
{
    int r;

    if (!actor->form_id)
        return 0;
    r = db_run(db,
               SQL(sql_use, db_text(actor->form_id), db_int(actor->account_id),
                   db_text_or_empty(actor->form_url), db_int(actor->now_us)),
               e);
    return r == ERR_EXISTS ? error_set(e, r, NULL, "this form was sent before") : r;
}

int store_form_begin(struct db *db, const struct actor *actor, struct error *e)
{
    int r = db_begin(db, e);

    if (r < 0)
        return r;
    r = store_form_record(db, actor, e);
    return r < 0 ? db_finish(db, true, r, e) : 0;
}

int store_form_use(struct db *db, const struct actor *actor, struct error *e)
{
    bool own;
    int r = db_join(db, &own, e);

    return r < 0 ? r : db_finish(db, own, store_form_record(db, actor, e), e);
}

int store_form_forget(struct db *db, const struct actor *actor, struct error *e)
{
    if (!actor->form_id)
        return 0;
    return db_write(db, SQL(sql_forget, db_text(actor->form_id), db_int(actor->account_id)), e);
}

int store_form_purge(struct db *db, int64_t now_us, struct error *e)
{
    return db_write(db, SQL(sql_purge, db_int(now_us - KEEP_US)), e);
}
