#include "admin-cgi/store/metrics_db.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "admin-cgi/store/db_internal.h"
#include "admin-cgi/store/db_statement.h"
#include "common/buf.h"
#include "common/log.h"
#include "common/macros.h"

#define METRICS_VERSION 2

static const struct log_ctx ctx = {.room = "metrics"};

static const char sql_version[] = "PRAGMA user_version";
static const char sql_check[] = "PRAGMA quick_check(1)";
static const char sql_tables[] = "SELECT count(*) FROM sqlite_schema";

/* A chart reads one group's rows, which lie together; what is old goes by its time. `measured`:
 * people who send or receive; `lost`: millionths, of each of them what the track loses that fares
 * worst. */
#define GROUP_SAMPLES                                                                              \
    "CREATE TABLE group_samples ("                                                                 \
    " step INTEGER NOT NULL, group_name TEXT NOT NULL, at INTEGER NOT NULL,"                       \
    " people INTEGER NOT NULL, people_max INTEGER NOT NULL,"                                       \
    " up INTEGER NOT NULL, down INTEGER NOT NULL,"                                                 \
    " bits_in INTEGER NOT NULL, bits_out INTEGER NOT NULL,"                                        \
    " measured INTEGER NOT NULL, lost INTEGER NOT NULL, loss_max INTEGER NOT NULL,"                \
    " PRIMARY KEY (step, group_name, at)) STRICT, WITHOUT ROWID",                                  \
        "CREATE INDEX group_samples_at ON group_samples (step, at)"

/* `step`: the seconds that a row stands for; `at`: the first of them, since 1970. The others are
 * sums over `n` samples, and the largest of them. */
static const char *const schema[] = {
    "PRAGMA application_id = 0x4e45524d",
    "CREATE TABLE samples ("
    " step INTEGER NOT NULL, at INTEGER NOT NULL, n INTEGER NOT NULL,"
    " people INTEGER NOT NULL, people_max INTEGER NOT NULL,"
    " groups INTEGER NOT NULL, groups_max INTEGER NOT NULL,"
    " up INTEGER NOT NULL, up_max INTEGER NOT NULL,"
    " down INTEGER NOT NULL, down_max INTEGER NOT NULL,"
    " bits_in INTEGER NOT NULL, bits_in_max INTEGER NOT NULL,"
    " bits_out INTEGER NOT NULL, bits_out_max INTEGER NOT NULL,"
    " cpu INTEGER NOT NULL, cpu_max INTEGER NOT NULL,"
    " lost INTEGER NOT NULL, expected INTEGER NOT NULL, loss_max INTEGER NOT NULL,"
    " PRIMARY KEY (step, at)) STRICT, WITHOUT ROWID",
    GROUP_SAMPLES,
    /* Groups with people in them, as last seen. */
    "CREATE TABLE live ("
    " group_name TEXT PRIMARY KEY, people INTEGER NOT NULL, seen INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID",
    /* One row a day and group, and one a day for all groups, whose name is ''. */
    "CREATE TABLE usage ("
    " day INTEGER NOT NULL, group_name TEXT NOT NULL, meetings INTEGER NOT NULL,"
    " person_seconds INTEGER NOT NULL, peak INTEGER NOT NULL,"
    " PRIMARY KEY (day, group_name)) STRICT, WITHOUT ROWID",
    "CREATE TABLE checks ("
    " name TEXT PRIMARY KEY, state TEXT NOT NULL, value TEXT NOT NULL, remedy TEXT NOT NULL,"
    " since INTEGER NOT NULL, checked INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "PRAGMA user_version = 2",
};

/* Version 1 knew of each group its people alone. */
static const char *const from_version_1[] = {
    "BEGIN IMMEDIATE",
    "DROP INDEX group_samples_name",
    "ALTER TABLE group_samples RENAME TO old_samples",
    GROUP_SAMPLES,
    "INSERT INTO group_samples SELECT step, group_name, at, people, people_max, 0, 0, 0, 0, 0, 0, "
    "0 "
    "FROM old_samples",
    "DROP TABLE old_samples",
    "PRAGMA user_version = 2",
    "COMMIT",
};

/* The keeper writes every ten seconds what may be lost: it does not wait for the disk. */
static const char *const writer_statements[] = {
    "PRAGMA synchronous = NORMAL",
    "PRAGMA wal_autocheckpoint = 500",
    "PRAGMA journal_size_limit = 4194304",
};

struct metrics_db {
    char *path;
    struct db *db;
    dev_t dev;
    ino_t ino;
};

int metrics_db_new(struct metrics_db **out, const char *path)
{
    struct metrics_db *m = calloc(1, sizeof *m);

    if (!m)
        return ERR_NO_MEMORY;
    m->path = span_dup(span_str(path));
    if (!m->path) {
        free(m);
        return ERR_NO_MEMORY;
    }
    *out = m;
    return 0;
}

static void shut(struct metrics_db *m)
{
    db_close(m->db);
    m->db = NULL;
}

void metrics_db_free(struct metrics_db *m)
{
    if (!m)
        return;
    shut(m);
    free(m->path);
    free(m);
}

/* Another file may stand there by now, or none. */
static bool is_still_there(const struct metrics_db *m)
{
    struct stat st;

    return m->db && stat(m->path, &st) == 0 && st.st_dev == m->dev && st.st_ino == m->ino;
}

static void remember_file(struct metrics_db *m)
{
    struct stat st = {0};

    if (stat(m->path, &st) < 0)
        st.st_ino = 0;
    m->dev = st.st_dev;
    m->ino = st.st_ino;
}

static int run_each(struct db *db, const char *const *statements, size_t n, struct error *e)
{
    for (size_t i = 0; i < n; i++) {
        if (sqlite3_exec(db->sql, statements[i], NULL, NULL, NULL) != SQLITE_OK)
            return db_error(db, e, statements[i]);
    }
    return 0;
}

/* A file without tables is new. ERR_DAMAGED: damaged, somebody else's, or of another version. */
static int check(struct db *db, struct error *e)
{
    struct arena a = {0};
    const char *answer = "";
    int64_t tables = 0, version = 0;
    int r = db_number(db, SQL(sql_tables), &tables, e);

    if (r == 0 && tables == 0)
        r = run_each(db, schema, LENGTH(schema), e);
    if (r == 0)
        r = db_number(db, SQL(sql_version), &version, e);
    if (r == 0 && version == 1) {
        r = run_each(db, from_version_1, LENGTH(from_version_1), e);
        version = METRICS_VERSION;
    }
    if (r == 0 && version != METRICS_VERSION)
        r = error_set(e, ERR_DAMAGED, NULL, "it is of version %" PRId64, version);
    if (r == 0)
        r = db_one(db, &a, SQL(sql_check), db_read_text, &answer, e);
    if (r >= 0)
        r = strcmp(answer, "ok") == 0 ? 0 : error_set(e, ERR_DAMAGED, NULL, "%.150s", answer);
    arena_release(&a);
    return r;
}

static int open_writer(struct metrics_db *m, struct error *e)
{
    int r = db_open_alone(&m->db, m->path, true, e);

    if (r == 0)
        r = run_each(m->db, writer_statements, LENGTH(writer_statements), e);
    if (r == 0)
        r = check(m->db, e);
    if (r < 0)
        shut(m);
    else
        remember_file(m);
    return r;
}

void metrics_db_give_up(struct metrics_db *m)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};

    shut(m);
    for (size_t i = 0; i < LENGTH(suffixes); i++) {
        struct buf from = {0}, to = {0};

        buf_printf(&from, "%s%s", m->path, suffixes[i]);
        buf_printf(&to, "%s.damaged%s", m->path, suffixes[i]);
        if (buf_check(&from) == 0 && buf_check(&to) == 0 &&
            rename(buf_str(&from), buf_str(&to)) < 0 && errno != ENOENT)
            log_error(&ctx, "cannot move %s aside: %s", buf_str(&from), strerror(errno));
        buf_release(&from);
        buf_release(&to);
    }
}

int metrics_db_writer(struct metrics_db *m, struct db **out, struct error *e)
{
    int r = 0;

    if (!is_still_there(m)) {
        shut(m);
        r = open_writer(m, e);
        if (r == ERR_DAMAGED) {
            log_warn(&ctx, "data/metrics.db cannot be used (%s); it is moved aside and begun anew",
                     e->text);
            metrics_db_give_up(m);
            r = open_writer(m, e);
        }
    }
    *out = m->db;
    return r;
}

struct db *metrics_db_reader(struct metrics_db *m)
{
    struct stat st;
    int64_t version = 0;

    if (is_still_there(m))
        return m->db;
    shut(m);
    if (stat(m->path, &st) < 0 || db_open_alone(&m->db, m->path, false, NULL) < 0)
        return NULL;
    if (db_number(m->db, SQL(sql_version), &version, NULL) < 0 || version != METRICS_VERSION)
        shut(m);
    else
        remember_file(m);
    return m->db;
}
