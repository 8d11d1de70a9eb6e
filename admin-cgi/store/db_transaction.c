/* Locks between processes, and the write transactions under them. */
#include "admin-cgi/store/db_transaction.h"

#include <errno.h>
#include <sys/file.h>
#include <sys/time.h>

#include "admin-cgi/store/db_internal.h"
#include "admin-cgi/store/db_statement.h"

#define LOCK_WAIT_S 5

static const char sql_begin[] = "BEGIN IMMEDIATE";
static const char sql_commit[] = "COMMIT";
static const char sql_rollback[] = "ROLLBACK";
static const char sql_sync_full[] = "PRAGMA synchronous = FULL";
static const char sql_sync_normal[] = "PRAGMA synchronous = NORMAL";

int db_lock_wait(int fd, int operation, struct error *e)
{
    const struct itimerval limit = {.it_value.tv_sec = LOCK_WAIT_S, .it_interval.tv_sec = 1};
    const struct itimerval off = {0};
    int r;

    if (flock(fd, operation | LOCK_NB) == 0)
        return 0;
    if (errno != EWOULDBLOCK && errno != EINTR)
        return error_set_errno(e, NULL, "cannot take a lock");
    setitimer(ITIMER_REAL, &limit, NULL);
    r = flock(fd, operation);
    setitimer(ITIMER_REAL, &off, NULL);
    if (r < 0)
        return error_set(e, ERR_BUSY, NULL, "somebody else is writing; try again");
    return 0;
}

int db_lock_files(struct db *db, struct error *e)
{
    int r;

    if (db->files_lock_fd < 0)
        return error_set(e, ERR_FORBIDDEN, NULL, "the groups directory is read-only");
    if (db->files_depth == 0) {
        r = db_lock_wait(db->files_lock_fd, LOCK_EX, e);
        if (r < 0)
            return r;
    }
    db->files_depth++;
    return 0;
}

bool db_try_lock_files(struct db *db)
{
    if (db->files_lock_fd < 0)
        return false;
    if (db->files_depth == 0 && flock(db->files_lock_fd, LOCK_EX | LOCK_NB) < 0)
        return false;
    db->files_depth++;
    return true;
}

void db_unlock_files(struct db *db)
{
    if (db->files_depth > 0 && --db->files_depth == 0)
        flock(db->files_lock_fd, LOCK_UN);
}

/* Another file stands at the database's path: a restore put it there. */
static bool has_moved(struct db *db)
{
    int moved = 0;

    return sqlite3_file_control(db->sql, NULL, SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK &&
           moved;
}

int db_begin(struct db *db, struct error *e)
{
    int r = db_lock_wait(db->write_lock_fd, LOCK_SH, e);

    if (r < 0)
        return r;
    r = db_run(db, SQL(sql_begin), e);
    if (r < 0) {
        flock(db->write_lock_fd, LOCK_UN);
        return r;
    }
    db->in_write = true;
    if (!has_moved(db))
        return 0;
    db_rollback(db);
    db->is_exchanged = true;
    return error_set(e, ERR_UNAVAILABLE, NULL, "the database was exchanged meanwhile; try again");
}

void db_rollback(struct db *db)
{
    if (!db->in_write)
        return;
    if (!sqlite3_get_autocommit(db->sql)) /* some errors have rolled back already */
        (void)!db_run(db, SQL(sql_rollback), NULL);
    db->in_write = false;
    flock(db->write_lock_fd, LOCK_UN);
}

int db_commit(struct db *db, struct error *e)
{
    int r = db_run(db, SQL(sql_commit), e);

    if (r < 0) {
        db_rollback(db);
        return r;
    }
    db->in_write = false;
    flock(db->write_lock_fd, LOCK_UN);
    return 0;
}

int db_join(struct db *db, bool *own, struct error *e)
{
    *own = !db->in_write;
    return *own ? db_begin(db, e) : 0;
}

int db_finish(struct db *db, bool own, int result, struct error *e)
{
    if (!own)
        return result;
    if (result == 0)
        return db_commit(db, e);
    db_rollback(db);
    return result;
}

void db_relax(struct db *db, bool relaxed)
{
    if (db->in_write)
        return; /* the transaction that runs decides */
    (void)!db_run(db, SQL(relaxed ? sql_sync_normal : sql_sync_full), NULL);
}
