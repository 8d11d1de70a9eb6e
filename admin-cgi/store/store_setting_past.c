#include "admin-cgi/store/store_setting_past.h"

#include "admin-cgi/store/db_statement.h"

#define BATCH_MAX 200 /* changes of one save */

static const char sql_next_batch[] = "SELECT coalesce(max(batch), 0) + 1 FROM setting_changes";
static const char sql_add[] =
    "INSERT INTO setting_changes (batch, key, before, after, is_silent, at, changed_by)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
#define COLUMNS                                                                                    \
    "SELECT id, batch, at, key, before, after, changed_by, is_silent,"                             \
    " (SELECT n.after FROM setting_changes n WHERE n.key = c.key AND n.is_silent = 0"              \
    " ORDER BY n.id DESC LIMIT 1) FROM setting_changes c"
static const char sql_list[] = COLUMNS " WHERE is_silent = 0 AND id < ?1 ORDER BY id DESC LIMIT ?2";
static const char sql_list_of_key[] =
    COLUMNS " WHERE key = ?3 AND is_silent = 0 AND id < ?1 ORDER BY id DESC LIMIT ?2";
static const char sql_batch[] = COLUMNS " WHERE batch = ?1 ORDER BY id LIMIT ?2";
static const char sql_get[] = COLUMNS " WHERE id = ?1";
static const char sql_purge[] = "DELETE FROM setting_changes WHERE at < ?1 AND id <= (SELECT "
                                "max(id) FROM setting_changes) - 200";

int store_setting_past_add(struct db *db, const struct setting_change *change, int64_t *batch,
                           const struct actor *actor, struct error *e)
{
    int r = *batch ? 0 : db_number(db, SQL(sql_next_batch), batch, e);

    return r < 0
               ? r
               : db_run(db,
                        SQL(sql_add, db_int(*batch), db_text(change->key), db_text(change->before),
                            db_text(change->after), db_int(change->is_silent),
                            db_int(actor->now_us), db_text_or_empty(actor->name)),
                        e);
}

static const char *text_or_null(sqlite3_stmt *q, int column, struct arena *a)
{
    return sqlite3_column_type(q, column) == SQLITE_NULL ? NULL : db_column_text(q, column, a);
}

static void read_past(sqlite3_stmt *q, struct arena *a, void *row)
{
    struct setting_past *out = row;

    out->id = db_column_int(q, 0);
    out->batch = db_column_int(q, 1);
    out->at_us = db_column_int(q, 2);
    out->key = db_column_text(q, 3, a);
    out->before = text_or_null(q, 4, a);
    out->after = text_or_null(q, 5, a);
    out->by = db_column_text(q, 6, a);
    out->is_silent = db_column_int(q, 7) != 0;
    out->newest = text_or_null(q, 8, a);
}

int store_setting_past_list(struct db *db, struct arena *a, const char *key, int64_t before_id,
                            size_t limit, struct setting_past **out, size_t *n_out, struct error *e)
{
    const struct db_value place = db_int(before_id ? before_id : INT64_MAX);
    struct db_rows rows = {0};
    int r = key ? db_all(db, a, SQL(sql_list_of_key, place, db_int((int64_t)limit), db_text(key)),
                         read_past, sizeof **out, &rows, e)
                : db_all(db, a, SQL(sql_list, place, db_int((int64_t)limit)), read_past,
                         sizeof **out, &rows, e);

    *out = rows.items;
    *n_out = rows.n;
    return r;
}

int store_setting_past_batch(struct db *db, struct arena *a, int64_t batch,
                             struct setting_past **out, size_t *n_out, struct error *e)
{
    struct db_rows rows = {0};
    int r = db_all(db, a, SQL(sql_batch, db_int(batch), db_int(BATCH_MAX)), read_past, sizeof **out,
                   &rows, e);

    *out = rows.items;
    *n_out = rows.n;
    return r;
}

int store_setting_past_get(struct db *db, struct arena *a, int64_t id, struct setting_past *out,
                           struct error *e)
{
    int r = db_one(db, a, SQL(sql_get, db_int(id)), read_past, out, e);

    if (r == 0)
        return error_set(e, ERR_NOT_FOUND, NULL, "there is no such change of a setting");
    return r < 0 ? r : 0;
}

int store_setting_past_purge(struct db *db, int64_t before_us, struct error *e)
{
    return db_run(db, SQL(sql_purge, db_int(before_us)), e);
}
