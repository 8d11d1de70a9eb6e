/* The connection: opening and closing it, and its care. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin-cgi/store/db_internal.h"
#include "admin-cgi/store/db_statement.h"
#include "admin-cgi/store/db_transaction.h"
#include "common/atomic_file.h"
#include "common/log.h"
#include "common/macros.h"
#include "common/reserve_file.h"

#define BUSY_WAIT_US 1000
#define BUSY_WAITS 5000

static const struct log_ctx ctx = {.room = "store"};

static const char sql_touch[] = "UPDATE settings SET key = key WHERE key = 'nothing.such'";
static const char sql_integrity[] = "PRAGMA integrity_check(1)";
static const char sql_quick[] = "PRAGMA quick_check(1)";
static const char sql_restart[] = "PRAGMA wal_checkpoint(RESTART)";
static const char sql_truncate[] = "PRAGMA wal_checkpoint(TRUNCATE)";

/* Statements that return rows nobody wants. */
static const char *const open_statements[] = {
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -16384", /* KiB: the index of 10,000 groups is read from memory */
    "PRAGMA mmap_size = 0",
    "PRAGMA wal_autocheckpoint = 0",
    "PRAGMA journal_size_limit = 33554432",
};

static int code_of(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return 0;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return ERR_BUSY;
    case SQLITE_FULL:
        return ERR_NO_SPACE;
    case SQLITE_NOMEM:
        return ERR_NO_MEMORY;
    case SQLITE_CONSTRAINT:
        return rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY ? ERR_EXISTS
                                                                                    : ERR_INVALID;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ERR_DAMAGED;
    default:
        return ERR_IO;
    }
}

int db_error(struct db *db, struct error *e, const char *what)
{
    int rc = sqlite3_extended_errcode(db->sql);
    int code = code_of(rc);

    if (code == 0)
        code = ERR_IO;
    if (code != ERR_EXISTS)
        log_error(&ctx, "database: %s: %s (%d)", what, sqlite3_errmsg(db->sql), rc);
    return error_set(e, code, NULL, "the database refused: %s", sqlite3_errstr(rc & 0xff));
}

static int run_text(struct db *db, const char *sql, struct error *e)
{
    if (sqlite3_exec(db->sql, sql, NULL, NULL, NULL) != SQLITE_OK)
        return db_error(db, e, sql);
    return 0;
}

static int open_lock(const char *dir, const char *name, int *fd)
{
    char *path = path_join(dir, name);
    int opened;

    if (!path)
        return ERR_NO_MEMORY;
    opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0660);
    free(path);
    if (opened < 0)
        return ERR_IO;
    *fd = opened;
    return 0;
}

/* What holds *fd holds the new one: its number stays. */
static void exchange_fd(int *fd, int fresh)
{
    if (*fd < 0)
        *fd = fresh;
    else if (dup3(fresh, *fd, O_CLOEXEC) >= 0)
        close(fresh);
}

void db_follow_groups(struct db *db)
{
    struct stat there, held;
    int fresh, lock;

    if (stat(db->paths.groups, &there) < 0 || fstat(db->groups_fd, &held) < 0 ||
        (there.st_dev == held.st_dev && there.st_ino == held.st_ino))
        return;
    fresh = open(db->paths.groups, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fresh < 0)
        return;
    exchange_fd(&db->groups_fd, fresh);
    if (open_lock(db->paths.groups, ".lock", &lock) == 0) {
        exchange_fd(&db->files_lock_fd, lock);
    } else if (db->files_lock_fd >= 0) {
        close(db->files_lock_fd);
        db->files_lock_fd = -1;
    }
}

bool db_is_exchanged(const struct db *db)
{
    return db->is_exchanged;
}

static int open_places(struct db *db, struct error *e)
{
    db->groups_fd = open(db->paths.groups, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (db->groups_fd < 0)
        return error_set_errno(e, NULL, "cannot open the groups directory");
    db->data_fd = open(db->paths.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (db->data_fd < 0)
        return error_set_errno(e, NULL, "cannot open the data directory");
    if (open_lock(db->paths.data, "nereid.lock", &db->write_lock_fd) < 0)
        return error_set_errno(e, NULL, "cannot open data/nereid.lock");
    /* A groups directory that cannot be written is a valid deployment (WEB-33). */
    if (open_lock(db->paths.groups, ".lock", &db->files_lock_fd) < 0)
        db->files_lock_fd = -1;
    return 0;
}

static void on_alarm(int number)
{
    (void)number;
}

/* Transactions here take milliseconds; SQLite's own waiting soon sleeps for 100 of them. */
static int on_busy(void *arg, int n_before)
{
    (void)arg;
    return n_before < BUSY_WAITS && (usleep(BUSY_WAIT_US) == 0 || errno == EINTR);
}

static int open_database(struct db *db, bool may_create, struct error *e)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (may_create ? SQLITE_OPEN_CREATE : 0);
    int rc;

    rc = sqlite3_open_v2(db->paths.database, &db->sql, flags, NULL);
    if (!db->sql)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for the database");
    if (rc != SQLITE_OK)
        return db_error(db, e, "open");
    sqlite3_extended_result_codes(db->sql, 1);
    sqlite3_busy_handler(db->sql, on_busy, NULL);
    sqlite3_db_config(db->sql, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db->sql, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_db_config(db->sql, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    for (size_t i = 0; i < LENGTH(open_statements); i++) {
        int r = run_text(db, open_statements[i], e);

        if (r < 0)
            return r;
    }
    return 0;
}

static struct db *db_new(void)
{
    struct db *db = calloc(1, sizeof *db);

    if (db)
        db->groups_fd = db->data_fd = db->files_lock_fd = db->write_lock_fd = -1;
    return db;
}

/* The database, its WAL and its index hold password hashes. */
static int open_private(struct db *db, bool may_create, struct error *e)
{
    mode_t mask = umask(0077);
    int r = open_database(db, may_create, e);

    umask(mask);
    return r;
}

int db_open_alone(struct db **out, const char *path, bool may_create, struct error *e)
{
    struct db *db = db_new();
    int r;

    if (!db)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for the database");
    db->paths.database = path;
    r = open_private(db, may_create, e);
    if (r < 0) {
        db_close(db);
        return r;
    }
    *out = db;
    return 0;
}

int db_open(struct db **out, const struct db_paths *paths, bool may_create, struct error *e)
{
    /* flock() is ended by a timer rather than polled: the handler only has to exist. */
    const struct sigaction alarm_action = {.sa_handler = on_alarm};
    struct db *db = db_new();
    int r;

    if (!db)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for the database");
    db->paths = *paths;
    sigaction(SIGALRM, &alarm_action, NULL);
    r = open_places(db, e);
    if (r == 0)
        r = open_private(db, may_create, e);
    if (r < 0) {
        db_close(db);
        return r;
    }
    *out = db;
    return 0;
}

void db_close(struct db *db)
{
    int fds[4];

    if (!db)
        return;
    if (db->in_write)
        db_rollback(db);
    for (size_t i = 0; i < DB_STATEMENTS_MAX; i++)
        sqlite3_finalize(db->statements[i].stmt);
    sqlite3_close(db->sql);
    fds[0] = db->groups_fd;
    fds[1] = db->data_fd;
    fds[2] = db->files_lock_fd;
    fds[3] = db->write_lock_fd;
    for (size_t i = 0; i < 4; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
    free(db);
}

/* ---- care ---- */

void db_make_room(const struct db *db)
{
    if (reserve_file_release(db->data_fd))
        log_warn(&ctx,
                 "the disk is full; data/reserve was given up so that somebody can mend that");
}

void db_keep_reserve(const struct db *db)
{
    struct error e = {0};

    if (reserve_file_make(db->data_fd, &e) < 0)
        log_warn(&ctx, "%s", e.text);
}

int db_check_room(const struct db *db, struct error *e)
{
    return reserve_file_is_spent(db->data_fd)
               ? error_set(e, ERR_NO_SPACE, NULL,
                           "the disk is full, so nothing can be saved; delete recordings or "
                           "groups, or make room on the server")
               : 0;
}

void db_sizes(const struct db *db, int64_t *db_bytes, int64_t *wal_bytes)
{
    struct stat st;

    *db_bytes = *wal_bytes = 0;
    if (fstatat(db->data_fd, "nereid.db", &st, 0) == 0)
        *db_bytes = st.st_size;
    if (fstatat(db->data_fd, "nereid.db-wal", &st, 0) == 0)
        *wal_bytes = st.st_size;
}

static int checkpoint(struct db *db, const char *sql, struct error *e)
{
    int64_t busy = 0;
    int r = db_number(db, SQL(sql), &busy, e);

    return r == 0 && busy ? error_set(e, ERR_BUSY, NULL, "a reader holds the log") : r;
}

static int64_t wal_written_ns(const struct db *db, int64_t *bytes)
{
    struct stat st;

    *bytes = 0;
    if (fstatat(db->data_fd, "nereid.db-wal", &st, 0) < 0)
        return 0;
    *bytes = st.st_size;
    return st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec;
}

/* The log begins anew in the same file: cutting it off would make every later save pay for new
 * blocks. Nothing is copied, not even passively, while others write: SQLite up to 3.51.2 may then
 * lose what they commit (WEB-36). */
int db_checkpoint(struct db *db, int64_t wal_max_bytes, struct error *e)
{
    int64_t bytes, written_ns = wal_written_ns(db, &bytes);
    int r;

    if (bytes == 0 || bytes <= wal_max_bytes || (wal_max_bytes && written_ns == db->wal_copied_ns))
        return 0;
    r = db_lock_wait(db->write_lock_fd, LOCK_EX, e);
    if (r < 0)
        return r;
    r = checkpoint(db, wal_max_bytes ? sql_restart : sql_truncate, e);
    if (r == 0)
        db->wal_copied_ns = wal_written_ns(db, &bytes);
    flock(db->write_lock_fd, LOCK_UN);
    return r;
}

int db_check_writable(struct db *db, struct error *e)
{
    int r = db_begin(db, e);

    if (r < 0)
        return r;
    r = db_run(db, SQL(sql_touch), e);
    db_rollback(db);
    return r;
}

static int check(struct db *db, const char *sql, struct error *e)
{
    struct arena a = {0};
    const char *answer = "no answer";
    int r = db_one(db, &a, SQL(sql), db_read_text, &answer, e);

    if (r >= 0)
        r = strcmp(answer, "ok") == 0
                ? 0
                : error_set(e, ERR_WRONG_STATE, NULL, "the database is damaged: %.150s", answer);
    arena_release(&a);
    return r;
}

int db_check_quick(struct db *db, struct error *e)
{
    return check(db, sql_quick, e);
}

int db_check_integrity(struct db *db, struct error *e)
{
    return check(db, sql_integrity, e);
}
