/*
 * One SQLite connection of one process: opened after the fork, statements prepared once and kept,
 * writes under the locks that WEB-36 demands. Every function of store/ takes a
 * `struct db *`. Results live in the caller's arena.
 *
 * A database error ends in rollback and ERR_BUSY, ERR_NO_SPACE, ERR_DAMAGED or ERR_IO, which are
 * 503 and 507 on HTTP, never in half an answer (SEC-31).
 */
#ifndef NEREID_ADMIN_CGI_STORE_DB_H
#define NEREID_ADMIN_CGI_STORE_DB_H

#include "admin-cgi/arena.h"
#include "common/error.h"

struct db;

/** Places that the store needs; borrowed as long as the connection lives. */
struct db_paths {
    const char *database; /* data/nereid.db */
    const char *groups;   /* groups/ */
    const char *data;     /* data/ */
};

/**
 * Open the database of a server whose schema is up to date (the keeper has migrated it).
 * @param may_create the keeper and the command line only
 */
int db_open(struct db **out, const struct db_paths *paths, bool may_create,
            struct error *e) MUST_USE;
void db_close(struct db *db); /* NULL is fine */

/** Another folder may stand at groups/ by now: use that one. For the loops, between two requests,
 * while no lock is held. */
void db_follow_groups(struct db *db);
/** A write was refused because another file stands at the database's path, as after a restore: what
 * this connection reads is out of date, and nothing can be saved by it. */
bool db_is_exchanged(const struct db *db);
/** Checkpoint when the WAL's file is larger than `wal_max_bytes` and was written to since the last
 * one; its file stays. 0: always, and its file is emptied. Keeper only, at most once a second.
 * @return 0, ERR_BUSY (a reader is in the way; try later), ERR_IO */
int db_checkpoint(struct db *db, int64_t wal_max_bytes, struct error *e) MUST_USE;

/** For what must work on a full disk: give the reserve's room back (common/reserve_file.h). */
void db_make_room(const struct db *db);
/** Make the reserve anew when there is room. Keeper only. */
void db_keep_reserve(const struct db *db);
/** ERR_NO_SPACE when the disk is full but for what the reserve gave. */
int db_check_room(const struct db *db, struct error *e) MUST_USE;

/** Bytes of the database and its WAL. */
void db_sizes(const struct db *db, int64_t *db_bytes, int64_t *wal_bytes);

/** 0 when a write transaction can be begun and rolled back: for readiness. */
int db_check_writable(struct db *db, struct error *e) MUST_USE;

/** PRAGMA quick_check: pages and rows, but not whether indexes say the same. The rest as
 * db_check_integrity(). */
int db_check_quick(struct db *db, struct error *e) MUST_USE;
/** PRAGMA integrity_check. @return 0, or ERR_WRONG_STATE with the first complaint */
int db_check_integrity(struct db *db, struct error *e) MUST_USE;

#endif
