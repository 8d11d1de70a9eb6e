#include "admin-cgi/store/migrate.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin-cgi/store/db_internal.h"
#include "admin-cgi/store/db_statement.h"
#include "admin-cgi/store/db_transaction.h"
#include "common/atomic_file.h"
#include "common/log.h"

#define MIGRATIONS_MAX 1000
#define MIGRATION_SIZE_MAX (1024 * 1024)

static const struct log_ctx ctx = {.room = "store", .action = "migrating"};

static const char sql_user_version[] = "PRAGMA user_version";
static const char sql_have_table[] =
    "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migrations'";
static const char sql_applied[] = "SELECT sha256 FROM schema_migrations WHERE version = ?1";
static const char sql_newest[] = "SELECT coalesce(max(version), 0) FROM schema_migrations";
static const char sql_first[] = "SELECT coalesce(min(applied_at), 0) FROM schema_migrations";
static const char sql_record[] =
    "INSERT INTO schema_migrations (version, name, sha256, applied_at) VALUES (?1, ?2, ?3, ?4)";
static const char sql_snapshot[] = "VACUUM INTO ?1";

struct migration {
    unsigned version;
    char name[200];
};

static int by_version(const void *a, const void *b)
{
    const struct migration *x = a, *y = b;

    return (x->version > y->version) - (x->version < y->version);
}

/* The numbered files of the directory, sorted, without gaps from 1. */
static int list_migrations(const char *dir, struct migration **out, size_t *n_out, struct error *e)
{
    DIR *d = opendir(dir);
    struct migration *list;
    struct dirent *entry;
    size_t n = 0;

    if (!d)
        return error_set_errno(e, NULL, "cannot read the schema directory");
    list = calloc(MIGRATIONS_MAX, sizeof *list);
    if (!list) {
        closedir(d);
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for the migrations");
    }
    while ((entry = readdir(d)) && n < MIGRATIONS_MAX) {
        struct span name = span_str(entry->d_name);
        uint64_t version;

        if (name.len < 9 || name.len >= sizeof(list[n].name) || name.data[4] != '-' ||
            strcmp(entry->d_name + name.len - 4, ".sql") != 0 ||
            !span_u64(span_sub(name, 0, 4), &version))
            continue;
        list[n].version = (unsigned)version;
        memcpy(list[n].name, name.data, name.len + 1);
        n++;
    }
    closedir(d);
    qsort(list, n, sizeof *list, by_version);
    for (size_t i = 0; i < n; i++) {
        if (list[i].version != i + 1) {
            free(list);
            return error_set(e, ERR_WRONG_STATE, NULL, "the schema directory lacks migration %zu",
                             i + 1);
        }
    }
    if (n == 0) {
        free(list);
        return error_set(e, ERR_NOT_FOUND, NULL, "the schema directory holds no migration");
    }
    *out = list;
    *n_out = n;
    return 0;
}

static int current_version(struct db *db, int64_t *version, struct error *e)
{
    int64_t have = 0;
    int r = db_number(db, SQL(sql_have_table), &have, e);

    *version = 0;
    if (r == 0 && have)
        r = db_number(db, SQL(sql_newest), version, e);
    return r;
}

static void read_digest(sqlite3_stmt *q, struct arena *a, void *row)
{
    (void)a;
    snprintf(row, SHA256_HEX_SIZE, "%s", db_column_peek(q, 0));
}

/* A migration that was edited after it was applied would leave two kinds of databases behind. */
static int check_history(struct db *db, const struct migration *m, const char *sha256,
                         struct error *e)
{
    char applied[SHA256_HEX_SIZE];
    struct arena none = {0};
    int r = db_one(db, &none, SQL(sql_applied, db_int(m->version)), read_digest, applied, e);

    if (r < 0)
        return r;
    if (r == 0)
        return error_set(e, ERR_WRONG_STATE, m->name, "the database does not know this migration");
    if (strcmp(applied, sha256) != 0)
        return error_set(e, ERR_WRONG_STATE, m->name,
                         "this migration differs from the one that was applied");
    return 0;
}

static int snapshot(struct db *db, int64_t version, struct error *e)
{
    char name[64];
    char *path;
    int r;

    snprintf(name, sizeof name, "nereid.db.before-%04lld", (long long)version + 1);
    path = path_join(db->paths.data, name);
    if (!path)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for the snapshot");
    if (remove(path) == 0)
        log_info(&ctx, "replacing the snapshot of an earlier attempt, %s", name);
    r = db_run(db, SQL(sql_snapshot, db_text(path)), e);
    if (r == 0)
        log_info(&ctx, "the database as it was is in data/%s", name);
    free(path);
    return r;
}

static int apply(struct db *db, const struct migration *m, const char *text, const char *sha256,
                 int64_t now_us, struct error *e)
{
    char *message = NULL;
    int r = db_begin(db, e);

    if (r < 0)
        return r;
    if (sqlite3_exec(db->sql, text, NULL, NULL, &message) != SQLITE_OK) {
        r = error_set(e, ERR_IO, m->name, "the migration failed: %.120s", message ? message : "");
        sqlite3_free(message);
        db_rollback(db);
        return r;
    }
    r = db_run(
        db, SQL(sql_record, db_int(m->version), db_text(m->name), db_text(sha256), db_int(now_us)),
        e);
    r = db_finish(db, true, r, e);
    if (r == 0)
        log_info(&ctx, "applied %s", m->name);
    return r;
}

static int walk(struct db *db, const char *schema_dir, const struct migration *list, size_t n,
                int64_t version, int64_t now_us, struct error *e)
{
    int r = 0;

    if (version > 0 && (size_t)version < n)
        r = snapshot(db, version, e);
    for (size_t i = 0; r == 0 && i < n; i++) {
        struct buf text = {0};
        char sha256[SHA256_HEX_SIZE];
        char *path = path_join(schema_dir, list[i].name);

        if (!path)
            return error_set(e, ERR_NO_MEMORY, NULL, "no memory for a migration");
        r = file_read(&text, path, MIGRATION_SIZE_MAX, NULL, e);
        if (r == 0) {
            sha256_hex(buf_span(&text), sha256);
            r = i < (size_t)version ? check_history(db, &list[i], sha256, e)
                                    : apply(db, &list[i], buf_str(&text), sha256, now_us, e);
        }
        buf_release(&text);
        free(path);
    }
    return r;
}

int migrate(struct db *db, const char *schema_dir, int64_t now_us, bool *was_empty, struct error *e)
{
    struct migration *list = NULL;
    size_t n = 0;
    int64_t version = 0;
    int r = list_migrations(schema_dir, &list, &n, e);

    if (r == 0)
        r = current_version(db, &version, e);
    if (r == 0 && (uint64_t)version > n)
        r = error_set(e, ERR_WRONG_STATE, NULL,
                      "the database is of a newer program (schema %lld, ours %zu): install that "
                      "program, or put back data/nereid.db.before-%04zu",
                      (long long)version, n, n + 1);
    if (r == 0)
        r = walk(db, schema_dir, list, n, version, now_us, e);
    if (r == 0 && was_empty)
        *was_empty = version == 0;
    free(list);
    return r;
}

int migrate_check(struct db *db, const char *schema_dir, struct error *e)
{
    struct migration *list = NULL;
    size_t n = 0;
    int64_t version = 0, user_version = 0;
    int r = list_migrations(schema_dir, &list, &n, e);

    free(list);
    if (r == 0)
        r = current_version(db, &version, e);
    if (r == 0)
        r = db_number(db, SQL(sql_user_version), &user_version, e);
    if (r == 0 && ((uint64_t)version != n || user_version != version))
        r = error_set(e, ERR_WRONG_STATE, NULL, "the schema is %lld and should be %zu",
                      (long long)version, n);
    return r;
}

int migrate_first_us(struct db *db, int64_t *out, struct error *e)
{
    return db_number(db, SQL(sql_first), out, e);
}
