/*
 * Transactions, and the locks that go with them: the files lock first, then the write lock.
 */
#ifndef NEREID_ADMIN_CGI_STORE_DB_TRANSACTION_H
#define NEREID_ADMIN_CGI_STORE_DB_TRANSACTION_H

#include "admin-cgi/store/db.h"

/** flock() that gives up after 5 s with ERR_BUSY. */
int db_lock_wait(int fd, int operation, struct error *e) MUST_USE;

/** groups/.lock, exclusive, for all that writes managed files; may be nested. Taken before
 * db_begin(). @return 0, ERR_BUSY after 5 s, ERR_IO (a read-only directory has no lock) */
int db_lock_files(struct db *db, struct error *e) MUST_USE;
/** The same without waiting. @return false: somebody else has it, or there is none */
bool db_try_lock_files(struct db *db) MUST_USE;

/** Gives back one db_lock_files() or db_try_lock_files(). */
void db_unlock_files(struct db *db);

/** BEGIN IMMEDIATE under the shared write lock. Not nested. @return 0; ERR_UNAVAILABLE when another
 * database stands in place of this one: what was written would be lost; ERR_BUSY, ERR_IO ... */
int db_begin(struct db *db, struct error *e) MUST_USE;

/** Makes the changes since db_begin() hold. On failure it was rolled back. */
int db_commit(struct db *db, struct error *e) MUST_USE;

/** Undo what was written since db_begin(); nothing when no transaction runs. */
void db_rollback(struct db *db);

/** Join the running write transaction, or begin one: `*own` tells db_finish() which. */
int db_join(struct db *db, bool *own, struct error *e) MUST_USE;
/** End what db_join() began: commit when `result` is 0, else roll back. @return the result */
int db_finish(struct db *db, bool own, int result, struct error *e) MUST_USE;

/** Commits without waiting for the disk while `relaxed`: for facts that a crash may lose because
 * the next start finds them out again. */
void db_relax(struct db *db, bool relaxed);

#endif
