/* Versions, problems and conflicts: what the history and problem pages show. */
#include "admin-cgi/store/store_version.h"

#include <stdio.h>

#include "admin-cgi/store/db_statement.h"
#include "admin-cgi/store/db_transaction.h"
#include "admin-cgi/store/store_audit.h"
#include "admin-cgi/store/store_file_row.h"

#define VERSION_COLUMNS                                                                            \
    "v.id, v.seq, v.at, v.actor_kind, v.actor_name, v.source, v.summary, length(v.body),"          \
    " v.id IS f.head"

static const char sql_list[] =
    "SELECT " VERSION_COLUMNS " FROM versions v JOIN files f ON f.id = v.file_id"
    " WHERE v.file_id = ?1 AND (?2 = 0 OR v.seq < ?2) ORDER BY v.seq DESC LIMIT ?3";
static const char sql_get[] =
    "SELECT " VERSION_COLUMNS ", v.body FROM versions v JOIN files f ON f.id = v.file_id"
    " WHERE v.file_id = ?1 AND v.seq = ?2";
static const char sql_problems[] =
    "SELECT kind, name, state, problem_line, problem_column, problem, state_since, 0, 0,"
    " head IS NOT NULL FROM files"
    " WHERE state IN ('broken', 'readonly') OR (state = 'ok' AND problem <> '')"
    " UNION ALL SELECT f.kind, f.name, f.state, 0, 0, '', c.at, c.id, v.seq, 1 FROM conflicts c"
    " JOIN files f ON f.id = c.file_id JOIN versions v ON v.id = c.version_id"
    " WHERE c.resolved_at IS NULL ORDER BY 7 DESC, 2 LIMIT 1000";
static const char sql_resolve[] =
    "UPDATE conflicts SET resolved_at = ?2, resolved_by = ?3 WHERE id = ?1 AND resolved_at IS NULL";

static void read_version(sqlite3_stmt *q, struct arena *a, void *row)
{
    struct version *out = row;

    out->id = db_column_int(q, 0);
    out->seq = db_column_int(q, 1);
    out->at_us = db_column_int(q, 2);
    out->actor_kind = db_column_text(q, 3, a);
    out->actor_name = db_column_text(q, 4, a);
    out->source = db_column_text(q, 5, a);
    out->summary = db_column_text(q, 6, a);
    out->size_bytes = db_column_int(q, 7);
    out->is_head = db_column_int(q, 8) != 0;
}

int store_version_list(struct db *db, struct arena *a, int64_t file_id, int64_t before_seq,
                       size_t limit, struct version **out, size_t *n_out, struct error *e)
{
    struct db_rows rows = {0};
    int r =
        db_all(db, a, SQL(sql_list, db_int(file_id), db_int(before_seq), db_int((int64_t)limit)),
               read_version, sizeof(struct version), &rows, e);

    if (r < 0)
        return r;
    *out = rows.items;
    *n_out = rows.n;
    return 0;
}

struct version_text {
    struct version version;
    struct span body;
};

static void read_version_text(sqlite3_stmt *q, struct arena *a, void *row)
{
    struct version_text *out = row;

    read_version(q, a, &out->version);
    out->body = db_column_blob(q, 9, a);
}

int store_version_get(struct db *db, struct arena *a, int64_t file_id, int64_t seq,
                      struct version *out, struct span *text, struct error *e)
{
    struct version_text found;
    int r = db_one(db, a, SQL(sql_get, db_int(file_id), db_int(seq)), read_version_text, &found, e);

    if (r <= 0)
        return r < 0 ? r : error_set(e, ERR_NOT_FOUND, NULL, "there is no such version");
    *out = found.version;
    *text = found.body;
    return 0;
}

static void read_problem(sqlite3_stmt *q, struct arena *a, void *row)
{
    struct file_problem *p = row;

    p->kind = file_kind_of(db_column_peek(q, 0), db_column_peek(q, 1));
    p->name = db_column_text(q, 1, a);
    p->status = file_status_of(db_column_peek(q, 2));
    p->line = (unsigned)db_column_int(q, 3);
    p->column = (unsigned)db_column_int(q, 4);
    p->text = db_column_text(q, 5, a);
    p->since_us = db_column_int(q, 6);
    p->conflict_id = db_column_int(q, 7);
    p->conflict_seq = db_column_int(q, 8);
    p->has_good = db_column_int(q, 9) != 0;
}

int store_problem_list(struct db *db, struct arena *a, struct file_problem **out, size_t *n_out,
                       struct error *e)
{
    struct db_rows rows = {0};
    int r = db_all(db, a, SQL(sql_problems), read_problem, sizeof(struct file_problem), &rows, e);

    if (r < 0)
        return r;
    *out = rows.items;
    *n_out = rows.n;
    return 0;
}

static int resolve(struct db *db, int64_t conflict_id, const struct actor *actor, struct error *e)
{
    char number[24];
    const struct audit_entry entry = {
        .action = "conflict.resolve", .object_kind = "conflict", .object = number, .result = "ok"};
    int r = db_run(
        db,
        SQL(sql_resolve, db_int(conflict_id), db_int(actor->now_us), db_text_or_empty(actor->name)),
        e);

    if (r == 0 && db_changes(db) == 0)
        r = error_set(e, ERR_NOT_FOUND, NULL, "there is no such conflict any more");
    snprintf(number, sizeof number, "%lld", (long long)conflict_id);
    return r < 0 ? r : store_audit_add(db, actor, &entry, e);
}

int store_conflict_resolve(struct db *db, int64_t conflict_id, const struct actor *actor,
                           struct error *e)
{
    bool own;
    int r = db_join(db, &own, e);

    return r < 0 ? r : db_finish(db, own, resolve(db, conflict_id, actor, e), e);
}
