/* Statements: prepared once and kept, their values bound, their rows read. */
#include "admin-cgi/store/db_statement.h"

#include <string.h>

#include "admin-cgi/store/db_internal.h"
#include "admin-cgi/store/db_transaction.h"

#define ROWS_AT_FIRST 16

static int no_memory(struct error *e)
{
    return error_set(e, ERR_NO_MEMORY, NULL, "no memory for what the database holds");
}

/* The literal's address is the key: the same address always holds the same text. */
static int prepare(struct db *db, const char *sql, sqlite3_stmt **out, struct error *e)
{
    size_t start = ((uintptr_t)sql >> 3) % DB_STATEMENTS_MAX;

    for (size_t i = 0; i < DB_STATEMENTS_MAX; i++) {
        size_t at = (start + i) % DB_STATEMENTS_MAX;

        if (db->statements[at].text == sql) {
            db_reset(db->statements[at].stmt);
            *out = db->statements[at].stmt;
            return 0;
        }
        if (db->statements[at].text)
            continue;
        if (sqlite3_prepare_v3(db->sql, sql, -1, SQLITE_PREPARE_PERSISTENT,
                               &db->statements[at].stmt, NULL) != SQLITE_OK)
            return db_error(db, e, sql);
        db->statements[at].text = sql;
        *out = db->statements[at].stmt;
        return 0;
    }
    return error_set(e, ERR_NO_MEMORY, NULL, "too many prepared statements");
}

static int bind(sqlite3_stmt *q, int index, const struct db_value *value)
{
    const char *bytes = value->bytes.len ? (const char *)value->bytes.data : "";

    switch (value->kind) {
    case DB_INT:
        return sqlite3_bind_int64(q, index, value->number);
    case DB_TEXT:
        return sqlite3_bind_text64(q, index, bytes, value->bytes.len, SQLITE_STATIC, SQLITE_UTF8);
    case DB_BLOB:
        return sqlite3_bind_blob64(q, index, bytes, value->bytes.len, SQLITE_STATIC);
    case DB_NULL:
    case DB_END:
        break;
    }
    return sqlite3_bind_null(q, index);
}

int db_start(struct db *db, const struct db_call *call, sqlite3_stmt **out, struct error *e)
{
    sqlite3_stmt *q = NULL;
    int r = prepare(db, call->sql, &q, e);

    if (r < 0)
        return r;
    for (int i = 1; i <= DB_VALUES_MAX && call->values[i].kind != DB_END; i++) {
        if (bind(q, i, &call->values[i]) == SQLITE_OK)
            continue;
        r = db_error(db, e, call->sql);
        db_reset(q);
        return r;
    }
    *out = q;
    return 0;
}

void db_reset(sqlite3_stmt *q)
{
    if (!q)
        return;
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
}

int db_step(struct db *db, sqlite3_stmt *q, struct error *e)
{
    int rc = sqlite3_step(q);
    int r;

    if (rc == SQLITE_ROW)
        return 1;
    r = rc == SQLITE_DONE ? 0 : db_error(db, e, sqlite3_sql(q));
    db_reset(q);
    return r;
}

int db_run(struct db *db, const struct db_call *call, struct error *e)
{
    sqlite3_stmt *q = NULL;
    int r = db_start(db, call, &q, e);

    if (r == 0)
        r = db_step(db, q, e);
    if (r == 1)
        db_reset(q);
    return r < 0 ? r : 0;
}

int db_write(struct db *db, const struct db_call *call, struct error *e)
{
    bool own;
    int r = db_join(db, &own, e);

    return r < 0 ? r : db_finish(db, own, db_run(db, call, e), e);
}

int db_number(struct db *db, const struct db_call *call, int64_t *out, struct error *e)
{
    sqlite3_stmt *q = NULL;
    int r = db_start(db, call, &q, e);

    if (r == 0)
        r = db_step(db, q, e);
    if (r == 0)
        return error_set(e, ERR_NOT_FOUND, NULL, "the database has no such number");
    if (r < 0)
        return r;
    *out = db_column_int(q, 0);
    db_reset(q);
    return 0;
}

int db_one(struct db *db, struct arena *a, const struct db_call *call, db_read_fn *read, void *out,
           struct error *e)
{
    sqlite3_stmt *q = NULL;
    int r = db_start(db, call, &q, e);

    if (r == 0)
        r = db_step(db, q, e);
    if (r <= 0)
        return r;
    read(q, a, out);
    db_reset(q);
    return a->bad ? no_memory(e) : 1;
}

void db_read_text(sqlite3_stmt *q, struct arena *a, void *row)
{
    *(const char **)row = db_column_text(q, 0, a);
}

/* Room for one more row at the end; the array moves when it is full. */
static void *next_row(struct db_rows *rows, size_t *room, size_t row_size, struct arena *a)
{
    if (rows->n == *room) {
        size_t more = *room ? 2 * *room : ROWS_AT_FIRST;
        char *bigger = arena_array(a, more, row_size);

        if (!bigger)
            return NULL;
        if (rows->n)
            memcpy(bigger, rows->items, rows->n * row_size);
        rows->items = bigger;
        *room = more;
    }
    return (char *)rows->items + rows->n++ * row_size;
}

int db_all(struct db *db, struct arena *a, const struct db_call *call, db_read_fn *read,
           size_t row_size, struct db_rows *out, struct error *e)
{
    struct db_rows rows = {0};
    size_t room = 0;
    sqlite3_stmt *q = NULL;
    int r = db_start(db, call, &q, e);

    if (r < 0)
        return r;
    while ((r = db_step(db, q, e)) == 1) {
        void *row = next_row(&rows, &room, row_size, a);

        if (row)
            read(q, a, row);
        if (!row || a->bad) {
            db_reset(q);
            return no_memory(e);
        }
    }
    if (r == 0)
        *out = rows;
    return r;
}

int64_t db_changes(struct db *db)
{
    return sqlite3_changes64(db->sql);
}

int64_t db_last_id(struct db *db)
{
    return sqlite3_last_insert_rowid(db->sql);
}

const char *db_column_peek(sqlite3_stmt *q, int column)
{
    const char *text = (const char *)sqlite3_column_text(q, column);

    return text ? text : "";
}

const char *db_column_text(sqlite3_stmt *q, int column, struct arena *a)
{
    const char *text = (const char *)sqlite3_column_text(q, column);
    int len = sqlite3_column_bytes(q, column);
    const char *copy = text && len > 0 ? arena_dup(a, span_of(text, (size_t)len)) : NULL;

    return copy ? copy : "";
}

struct span db_column_blob(sqlite3_stmt *q, int column, struct arena *a)
{
    const void *data = sqlite3_column_blob(q, column);
    int len = sqlite3_column_bytes(q, column);
    const char *copy = data && len > 0 ? arena_dup(a, span_of(data, (size_t)len)) : NULL;

    return copy ? span_of(copy, (size_t)len) : span_of(NULL, 0);
}

int64_t db_column_int(sqlite3_stmt *q, int column)
{
    return sqlite3_column_int64(q, column);
}
