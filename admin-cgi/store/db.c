#include "admin-cgi/store/db_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/atomic_file.h"
#include "common/log.h"

#define LOCK_WAIT_S 5
#define BUSY_WAIT_US 1000
#define BUSY_WAITS 5000

static const struct log_ctx ctx = {.room = "store"};

static const char sql_begin[] = "BEGIN IMMEDIATE";
static const char sql_commit[] = "COMMIT";
static const char sql_rollback[] = "ROLLBACK";
static const char sql_sync_full[] = "PRAGMA synchronous = FULL";
static const char sql_sync_normal[] = "PRAGMA synchronous = NORMAL";
static const char sql_touch[] = "UPDATE settings SET key = key WHERE key = 'nothing.such'";
static const char sql_integrity[] = "PRAGMA integrity_check(1)";
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
        return ERR_SYNTAX;
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

static int open_places(struct db *db, struct error *e)
{
    db->groups_fd = open(db->places.groups, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (db->groups_fd < 0)
        return error_set_errno(e, NULL, "cannot open the groups directory");
    db->data_fd = open(db->places.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (db->data_fd < 0)
        return error_set_errno(e, NULL, "cannot open the data directory");
    if (open_lock(db->places.data, "nereid.lock", &db->write_lock_fd) < 0)
        return error_set_errno(e, NULL, "cannot open data/nereid.lock");
    /* A groups directory that cannot be written is a valid deployment (R11). */
    if (open_lock(db->places.groups, ".lock", &db->files_lock_fd) < 0)
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

    rc = sqlite3_open_v2(db->places.database, &db->sql, flags, NULL);
    if (!db->sql)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for the database");
    if (rc != SQLITE_OK)
        return db_error(db, e, "open");
    sqlite3_extended_result_codes(db->sql, 1);
    sqlite3_busy_handler(db->sql, on_busy, NULL);
    sqlite3_db_config(db->sql, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db->sql, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_db_config(db->sql, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    for (size_t i = 0; i < sizeof(open_statements) / sizeof(open_statements[0]); i++) {
        int r = run_text(db, open_statements[i], e);

        if (r < 0)
            return r;
    }
    return 0;
}

int db_open(struct db **out, const struct db_places *places, bool may_create, struct error *e)
{
    /* flock() is ended by a timer rather than polled: the handler only has to exist. */
    const struct sigaction alarm_action = {.sa_handler = on_alarm};
    struct db *db = calloc(1, sizeof(*db));
    mode_t mask;
    int r;

    if (!db)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for the database");
    db->places = *places;
    db->groups_fd = db->data_fd = db->files_lock_fd = db->write_lock_fd = -1;
    sigaction(SIGALRM, &alarm_action, NULL);
    r = open_places(db, e);
    if (r == 0) {
        /* The database, its WAL and its index hold password hashes. */
        mask = umask(0077);
        r = open_database(db, may_create, e);
        umask(mask);
    }
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

/* ---- statements ---- */

sqlite3_stmt *db_query(struct db *db, const char *sql, struct error *e)
{
    size_t start = ((uintptr_t)sql >> 3) % DB_STATEMENTS_MAX;

    for (size_t i = 0; i < DB_STATEMENTS_MAX; i++) {
        size_t at = (start + i) % DB_STATEMENTS_MAX;

        if (db->statements[at].text == sql) {
            db_reset(db->statements[at].stmt);
            return db->statements[at].stmt;
        }
        if (db->statements[at].text)
            continue;
        if (sqlite3_prepare_v3(db->sql, sql, -1, SQLITE_PREPARE_PERSISTENT,
                               &db->statements[at].stmt, NULL) != SQLITE_OK) {
            (void)db_error(db, e, sql);
            return NULL;
        }
        db->statements[at].text = sql;
        return db->statements[at].stmt;
    }
    error_set(e, ERR_NO_MEMORY, NULL, "too many prepared statements");
    return NULL;
}

void db_reset(sqlite3_stmt *q)
{
    if (!q)
        return;
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
}

void db_bind_text(sqlite3_stmt *q, int index, const char *text)
{
    sqlite3_bind_text(q, index, text, -1, SQLITE_STATIC);
}

void db_bind_span(sqlite3_stmt *q, int index, struct span text)
{
    sqlite3_bind_text64(q, index, text.len ? (const char *)text.data : "", text.len, SQLITE_STATIC,
                        SQLITE_UTF8);
}

void db_bind_blob(sqlite3_stmt *q, int index, struct span bytes)
{
    sqlite3_bind_blob64(q, index, bytes.len ? bytes.data : (const uint8_t *)"", bytes.len,
                        SQLITE_STATIC);
}

void db_bind_int(sqlite3_stmt *q, int index, int64_t value)
{
    sqlite3_bind_int64(q, index, value);
}

void db_bind_id(sqlite3_stmt *q, int index, int64_t id)
{
    if (id)
        sqlite3_bind_int64(q, index, id);
    else
        sqlite3_bind_null(q, index);
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

int db_run(struct db *db, sqlite3_stmt *q, struct error *e)
{
    int r;

    if (!q)
        return e && e->code ? e->code : ERR_IO;
    r = db_step(db, q, e);
    if (r == 1) {
        db_reset(q);
        r = 0;
    }
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

const char *db_column_text(sqlite3_stmt *q, int column, struct arena *a)
{
    const char *text = (const char *)sqlite3_column_text(q, column);
    int len = sqlite3_column_bytes(q, column);
    const char *copy;

    if (!text || len <= 0)
        return "";
    copy = arena_dup(a, span_of(text, (size_t)len));
    return copy ? copy : "";
}

struct span db_column_blob(sqlite3_stmt *q, int column, struct arena *a)
{
    const void *data = sqlite3_column_blob(q, column);
    int len = sqlite3_column_bytes(q, column);
    char *copy;

    if (!data || len <= 0)
        return span_of(NULL, 0);
    copy = arena_dup(a, span_of(data, (size_t)len));
    return copy ? span_of(copy, (size_t)len) : span_of(NULL, 0);
}

int64_t db_column_int(sqlite3_stmt *q, int column)
{
    return sqlite3_column_int64(q, column);
}

/* ---- locks and transactions ---- */

static int lock_wait(int fd, int operation, struct error *e)
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
        r = lock_wait(db->files_lock_fd, LOCK_EX, e);
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

int db_begin(struct db *db, struct error *e)
{
    int r = lock_wait(db->write_lock_fd, LOCK_SH, e);

    if (r < 0)
        return r;
    r = db_run(db, db_query(db, sql_begin, e), e);
    if (r < 0) {
        flock(db->write_lock_fd, LOCK_UN);
        return r;
    }
    db->in_write = true;
    return 0;
}

void db_rollback(struct db *db)
{
    if (!db->in_write)
        return;
    if (!sqlite3_get_autocommit(db->sql)) /* some errors have rolled back already */
        (void)!db_run(db, db_query(db, sql_rollback, NULL), NULL);
    db->in_write = false;
    flock(db->write_lock_fd, LOCK_UN);
}

int db_commit(struct db *db, struct error *e)
{
    int r = db_run(db, db_query(db, sql_commit, e), e);

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
    (void)!db_run(db, db_query(db, relaxed ? sql_sync_normal : sql_sync_full, NULL), NULL);
}

/* ---- care ---- */

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
    sqlite3_stmt *q = db_query(db, sql, e);
    int r = q ? db_step(db, q, e) : ERR_IO;

    if (r == 1) {
        r = db_column_int(q, 0) ? error_set(e, ERR_BUSY, NULL, "a reader holds the log") : 0;
        db_reset(q);
    }
    return r;
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
 * lose what they commit (console.md 11). */
int db_checkpoint(struct db *db, int64_t wal_max_bytes, struct error *e)
{
    int64_t bytes, written_ns = wal_written_ns(db, &bytes);
    int r;

    if (bytes == 0 || bytes <= wal_max_bytes || (wal_max_bytes && written_ns == db->wal_copied_ns))
        return 0;
    r = lock_wait(db->write_lock_fd, LOCK_EX, e);
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
    r = db_run(db, db_query(db, sql_touch, e), e);
    db_rollback(db);
    return r;
}

int db_check_integrity(struct db *db, struct error *e)
{
    sqlite3_stmt *q = db_query(db, sql_integrity, e);
    int r;

    if (!q)
        return ERR_IO;
    r = db_step(db, q, e);
    if (r == 1) {
        const char *said = (const char *)sqlite3_column_text(q, 0);

        r = said && strcmp(said, "ok") == 0
                ? 0
                : error_set(e, ERR_WRONG_STATE, NULL, "the database is damaged: %.150s",
                            said ? said : "no answer");
        db_reset(q);
    }
    return r;
}
