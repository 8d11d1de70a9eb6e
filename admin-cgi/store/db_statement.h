/*
 * Prepared statements: values in, rows out. Only store/ includes it, so that SQL stays in this
 * room.
 */
#ifndef NEREID_ADMIN_CGI_STORE_DB_STATEMENT_H
#define NEREID_ADMIN_CGI_STORE_DB_STATEMENT_H

#include <sqlite3.h>

#include "admin-cgi/store/db.h"

#define DB_VALUES_MAX 16

enum db_value_kind { DB_END, DB_NULL, DB_INT, DB_TEXT, DB_BLOB };

/** One value of a statement. Text and bytes are borrowed until the statement has run. */
struct db_value {
    enum db_value_kind kind;
    int64_t number;
    struct span bytes;
};

/** A statement with its values: values[1] is bound to ?1, and so on. */
struct db_call {
    const char *sql; /* a literal, prepared once and kept: its address stands for its text */
    struct db_value values[DB_VALUES_MAX + 2]; /* the first is unused, the last is DB_END */
};

/** SQL(sql_end_row, db_int(id), db_int(account_id)): valid to the end of the block. */
#define SQL(literal, ...)                                                                          \
    (&(const struct db_call){.sql = (literal), .values = {{.kind = DB_END}, __VA_ARGS__}})

static inline struct db_value db_int(int64_t number)
{
    return (struct db_value){.kind = DB_INT, .number = number};
}

/** 0 is NULL: for optional foreign keys. */
static inline struct db_value db_id(int64_t id)
{
    return (struct db_value){.kind = id ? DB_INT : DB_NULL, .number = id};
}

static inline struct db_value db_span(struct span text)
{
    return (struct db_value){.kind = DB_TEXT, .bytes = text};
}

static inline struct db_value db_blob(struct span bytes)
{
    return (struct db_value){.kind = DB_BLOB, .bytes = bytes};
}

/** NULL is NULL. */
static inline struct db_value db_text(const char *text)
{
    return text ? db_span(span_str(text)) : (struct db_value){.kind = DB_NULL};
}

/** NULL is "". */
static inline struct db_value db_text_or_empty(const char *text)
{
    return db_text(text ? text : "");
}

/** Reads the columns of one row; what it keeps goes into the arena. */
typedef void db_read_fn(sqlite3_stmt *q, struct arena *a, void *row);

/** Rows of db_all(), in the arena. */
struct db_rows {
    void *items;
    size_t n;
};

/** Run a statement whose rows, if any, nobody wants. */
int db_run(struct db *db, const struct db_call *call, struct error *e) MUST_USE;
/** The same in a transaction of its own, unless one is running. */
int db_write(struct db *db, const struct db_call *call, struct error *e) MUST_USE;
/** The first column of the only row. ERR_NOT_FOUND when there is no row */
int db_number(struct db *db, const struct db_call *call, int64_t *out, struct error *e) MUST_USE;
/** The first row. @return 1, 0 when there is none (`out` is untouched), or an error */
int db_one(struct db *db, struct arena *a, const struct db_call *call, db_read_fn *read, void *out,
           struct error *e) MUST_USE;
/** Reads the first column into a `const char *`. */
void db_read_text(sqlite3_stmt *q, struct arena *a, void *row);
/** All rows, read into zeroed `row_size` bytes each; the statement's LIMIT bounds them. */
int db_all(struct db *db, struct arena *a, const struct db_call *call, db_read_fn *read,
           size_t row_size, struct db_rows *out, struct error *e) MUST_USE;

/** For walks over rows that are too many to keep: start, step until it is not 1. */
int db_start(struct db *db, const struct db_call *call, sqlite3_stmt **out,
             struct error *e) MUST_USE;
/** @return 1 for a row, 0 at the end, or an error; the statement is reset unless it is 1 */
int db_step(struct db *db, sqlite3_stmt *q, struct error *e) MUST_USE;
/** Ends a walk early. NULL is fine. */
void db_reset(sqlite3_stmt *q);

/** Rows changed by the last statement. */
int64_t db_changes(struct db *db);

/** Id of the row that the last INSERT made. */
int64_t db_last_id(struct db *db);

/** A column's text in the arena; "" for NULL, and when out of memory (a->bad). */
const char *db_column_text(sqlite3_stmt *q, int column, struct arena *a);

/** A column's bytes in the arena; empty for NULL. */
struct span db_column_blob(sqlite3_stmt *q, int column, struct arena *a);

/** A column's number; 0 for NULL. */
int64_t db_column_int(sqlite3_stmt *q, int column);

/** A column's text, borrowed until the next step; "" for NULL. */
const char *db_column_peek(sqlite3_stmt *q, int column);

#endif
