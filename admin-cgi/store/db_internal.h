/*
 * The connection from within: for db*.c, and for what needs its descriptors. Only store/ includes
 * it.
 */
#ifndef NEREID_ADMIN_CGI_STORE_DB_INTERNAL_H
#define NEREID_ADMIN_CGI_STORE_DB_INTERNAL_H

#include <sqlite3.h>

#include "admin-cgi/store/db.h"

#define DB_STATEMENTS_MAX 256

struct db {
    sqlite3 *sql;
    struct db_paths paths;
    int groups_fd;        /* groups/, for openat2 */
    int data_fd;          /* data/ */
    int files_lock_fd;    /* groups/.lock */
    int write_lock_fd;    /* data/nereid.lock */
    unsigned files_depth; /* how often the files lock is held */
    bool in_write;
    bool is_exchanged;     /* a write found another file at the path */
    int64_t wal_copied_ns; /* when the log was last written to before it was copied as a whole */
    struct {
        const char *text; /* the literal's address is the key */
        sqlite3_stmt *stmt;
    } statements[DB_STATEMENTS_MAX];
};

/** Another database than data/nereid.db, without places and locks: one connection alone writes it.
 * @param path borrowed as long as the connection lives */
int db_open_alone(struct db **out, const char *path, bool may_create, struct error *e) MUST_USE;

/** Record what SQLite says last. @return the code */
int db_error(struct db *db, struct error *e, const char *what);

#endif
