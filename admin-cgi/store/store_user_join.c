#include "admin-cgi/store/store_user_join.h"

#include <string.h>

#include "admin-cgi/store/db_statement.h"
#include "admin-cgi/store/db_transaction.h"
#include "common/span.h"

#define SCHEMA_VERSION 7 /* schema/0007-user-joins.sql */

static const char sql_has_file[] =
    "SELECT count(*) FROM files WHERE kind = 'group' AND name = ?1 AND state <> 'trashed'";
static const char sql_add[] =
    "INSERT INTO user_joins (file_id, user_name, at)"
    " SELECT f.id, u.user_name, ?3 FROM files f JOIN group_users u"
    " ON u.file_id = f.id AND u.kind = 'named' AND u.user_name = ?2"
    " WHERE f.kind = 'group' AND f.name = ?1 AND f.state <> 'trashed'"
    " ON CONFLICT (file_id, user_name) DO UPDATE SET at = max(at, excluded.at)";
static const char sql_list[] =
    "SELECT user_name, at FROM user_joins WHERE file_id = ?1 ORDER BY user_name";
static const char sql_since[] = "SELECT applied_at FROM schema_migrations WHERE version = ?1";
static const char sql_purge[] =
    "DELETE FROM user_joins WHERE NOT EXISTS (SELECT 1 FROM group_users u WHERE"
    " u.file_id = user_joins.file_id AND u.kind = 'named' AND u.user_name = user_joins.user_name)";

/* The group itself or the nearest one above it that has a file; *has_file false: none. */
static int find_file(struct db *db, char *name, bool *has_file, struct error *e)
{
    int64_t n = 0;
    int r = db_number(db, SQL(sql_has_file, db_text(name)), &n, e);

    while (r == 0 && n == 0) {
        char *slash = strrchr(name, '/');

        if (!slash)
            break;
        *slash = '\0';
        r = db_number(db, SQL(sql_has_file, db_text(name)), &n, e);
    }
    *has_file = n > 0;
    return r;
}

static int add(struct db *db, const struct user_join *join, struct error *e)
{
    char *name = span_dup(span_str(join->group));
    bool has_file = false;
    int r = name ? find_file(db, name, &has_file, e) : ERR_NO_MEMORY;

    if (r == 0 && has_file)
        r = db_run(db, SQL(sql_add, db_text(name), db_text(join->user), db_int(join->at_us)), e);
    free(name);
    return r;
}

int store_user_join_add(struct db *db, const struct user_join *joins, size_t n, struct error *e)
{
    bool own;
    int r;

    db_relax(db, true); /* who is there is noted again when the keeper begins */
    r = db_join(db, &own, e);
    if (r == 0) {
        for (size_t i = 0; r == 0 && i < n; i++)
            r = add(db, &joins[i], e);
        r = db_finish(db, own, r, e);
    }
    db_relax(db, false);
    return r;
}

static void read_join(sqlite3_stmt *q, struct arena *a, void *row)
{
    *(struct user_join *)row =
        (struct user_join){.user = db_column_text(q, 0, a), .at_us = db_column_int(q, 1)};
}

int store_user_join_list(struct db *db, struct arena *a, int64_t file_id, struct user_join **out,
                         size_t *n_out, struct error *e)
{
    struct db_rows rows = {0};
    int r = db_all(db, a, SQL(sql_list, db_int(file_id)), read_join, sizeof(struct user_join),
                   &rows, e);

    *out = rows.items;
    *n_out = rows.n;
    return r;
}

int store_user_join_since(struct db *db, int64_t *at_us, struct error *e)
{
    return db_number(db, SQL(sql_since, db_int(SCHEMA_VERSION)), at_us, e);
}

int store_user_join_purge(struct db *db, struct error *e)
{
    return db_write(db, SQL(sql_purge), e);
}
