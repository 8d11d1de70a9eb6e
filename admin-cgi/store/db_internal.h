/*
 * What the files of store/ share: prepared statements, transactions and locks. Nobody else includes
 * it, so that SQL stays in this room.
 */
#ifndef NEREID_ADMIN_CGI_STORE_DB_INTERNAL_H
#define NEREID_ADMIN_CGI_STORE_DB_INTERNAL_H

#include <sqlite3.h>

#include "admin-cgi/store/db.h"

#define DB_STATEMENTS_MAX 256

struct db {
    sqlite3 *sql;
    struct db_places places;
    int groups_fd;        /* groups/, for openat2 */
    int data_fd;          /* data/ */
    int files_lock_fd;    /* groups/.lock */
    int write_lock_fd;    /* data/nereid.lock */
    unsigned files_depth; /* how often the files lock is held */
    bool in_write;
    int64_t wal_copied_ns; /* when the log was last written to before it was copied as a whole */
    struct {
        const char *text; /* the literal's address is the key */
        sqlite3_stmt *stmt;
    } statements[DB_STATEMENTS_MAX];
};

/**
 * A prepared statement, reset and without bindings; kept for the connection's life.
 * @param sql a literal: the same address must always hold the same text
 * @return NULL with `e` filled
 */
sqlite3_stmt *db_query(struct db *db, const char *sql, struct error *e);

/* Bind: the value must live until db_reset(). NULL text binds NULL. */
void db_bind_text(sqlite3_stmt *q, int index, const char *text);
void db_bind_span(sqlite3_stmt *q, int index, struct span text);
void db_bind_blob(sqlite3_stmt *q, int index, struct span bytes);
void db_bind_int(sqlite3_stmt *q, int index, int64_t value);
/** 0 binds NULL: for optional foreign keys. */
void db_bind_id(sqlite3_stmt *q, int index, int64_t id);

/** @return 1 for a row, 0 at the end, or an error; the statement is reset unless it is 1 */
int db_step(struct db *db, sqlite3_stmt *q, struct error *e);
/** Run a statement that gives no rows, and reset it. */
int db_run(struct db *db, sqlite3_stmt *q, struct error *e) MUST_USE;
void db_reset(sqlite3_stmt *q);
/** Rows changed by the last statement. */
int64_t db_changes(struct db *db);
int64_t db_last_id(struct db *db);

/* Columns; copies live in the arena. NULL columns are "" and 0. */
const char *db_column_text(sqlite3_stmt *q, int column, struct arena *a);
struct span db_column_blob(sqlite3_stmt *q, int column, struct arena *a);
int64_t db_column_int(sqlite3_stmt *q, int column);

/** Record what SQLite says last. @return the code */
int db_error(struct db *db, struct error *e, const char *what);

/** groups/.lock, exclusive, for all that writes managed files; may be nested. Taken before
 * db_begin(). @return 0, ERR_BUSY after 5 s, ERR_IO (a read-only directory has no lock: R11) */
int db_lock_files(struct db *db, struct error *e) MUST_USE;
/** The same without waiting. @return false: somebody else has it, or there is none */
bool db_try_lock_files(struct db *db) MUST_USE;
void db_unlock_files(struct db *db);

/** BEGIN IMMEDIATE under the shared write lock. Not nested. */
int db_begin(struct db *db, struct error *e) MUST_USE;
int db_commit(struct db *db, struct error *e) MUST_USE;
void db_rollback(struct db *db);

/** Join the running write transaction, or begin one: `*own` tells db_finish() which. */
int db_join(struct db *db, bool *own, struct error *e) MUST_USE;
/** End what db_join() began: commit when `result` is 0, else roll back. @return the result */
int db_finish(struct db *db, bool own, int result, struct error *e) MUST_USE;

/** Commits without waiting for the disk while `relaxed`: for facts that a crash may lose because
 * the next start finds them out again. */
void db_relax(struct db *db, bool relaxed);

struct actor;
/** Write the actor's form id, when there is one. ERR_EXISTS when it was used before. */
int form_record(struct db *db, const struct actor *actor, struct error *e) MUST_USE;

#endif
