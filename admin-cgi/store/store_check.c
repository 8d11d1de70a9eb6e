#include "admin-cgi/store/store_check.h"

#include "admin-cgi/store/db_statement.h"

static const char sql_put[] =
    "INSERT INTO checks (name, state, value, remedy, since, checked) VALUES (?1, ?2, ?3, ?4, ?5, "
    "?5)"
    " ON CONFLICT (name) DO UPDATE SET"
    " since = CASE WHEN state = excluded.state THEN since ELSE excluded.since END,"
    " state = excluded.state, value = excluded.value, remedy = excluded.remedy,"
    " checked = excluded.checked";
static const char sql_list[] =
    "SELECT name, state, value, remedy, since, checked FROM checks ORDER BY name";
static const char sql_risks[] =
    "SELECT (SELECT count(*) FROM group_index i JOIN files f ON f.id = i.file_id"
    " WHERE i.is_public = 1 AND i.access_kind = 'open' AND f.state <> 'trashed'),"
    " (SELECT count(*) FROM group_users u JOIN files f ON f.id = u.file_id"
    " WHERE u.is_weak = 1 AND u.password_kind = 'plain' AND f.state <> 'trashed'),"
    " (SELECT count(*) FROM throttle WHERE blocked_until > max(0, ?1))";

int store_check_put(struct db *metrics, const struct check_row *row, struct error *e)
{
    return db_run(metrics,
                  SQL(sql_put, db_text(row->name), db_text(row->state), db_text(row->value),
                      db_text(row->remedy), db_int(row->checked_us)),
                  e);
}

static void read_row(sqlite3_stmt *q, struct arena *a, void *out)
{
    struct check_row *row = out;

    row->name = db_column_text(q, 0, a);
    row->state = db_column_text(q, 1, a);
    row->value = db_column_text(q, 2, a);
    row->remedy = db_column_text(q, 3, a);
    row->since_us = db_column_int(q, 4);
    row->checked_us = db_column_int(q, 5);
}

int store_check_list(struct db *metrics, struct arena *a, struct check_row **out, size_t *n_out,
                     struct error *e)
{
    struct db_rows rows = {0};
    int r = db_all(metrics, a, SQL(sql_list), read_row, sizeof(struct check_row), &rows, e);

    *out = rows.items;
    *n_out = rows.n;
    return r;
}

static void read_risks(sqlite3_stmt *q, struct arena *a, void *out)
{
    struct risk_counts *counts = out;

    (void)a;
    counts->open_groups = db_column_int(q, 0);
    counts->plain_passwords = db_column_int(q, 1);
    counts->blocked = db_column_int(q, 2);
}

int store_risk_count(struct db *db, int64_t now_us, struct risk_counts *out, struct error *e)
{
    struct arena none = {0};
    int r = db_one(db, &none, SQL(sql_risks, db_int(now_us - RISK_BLOCKED_US)), read_risks, out, e);

    return r < 0 ? r : 0;
}
