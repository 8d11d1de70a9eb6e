#include "admin-cgi/store/store_deleted.h"

#include "admin-cgi/store/db_statement.h"
#include "admin-cgi/store/db_transaction.h"
#include "admin-cgi/store/scope_sql.h"
#include "admin-cgi/store/store_audit.h"
#include "admin-cgi/store/store_form.h"

/* The audit row of the same instant names the person who deleted the group; a file that was removed
 * by hand has no such row. A file without a version was never a group that could be read. */
static const char sql_list[] =
    "SELECT f.name, i.display_name, f.state_since, a.actor_name, a.actor_kind,"
    " (SELECT count(*) FROM versions v WHERE v.file_id = f.id)"
    " FROM files f LEFT JOIN group_index i ON i.file_id = f.id"
    " LEFT JOIN audit a ON a.object = f.name AND a.at = f.state_since"
    " AND a.action = 'group.delete' AND a.result = 'ok'"
    " WHERE f.kind = 'group' AND f.state = 'trashed' AND f.head IS NOT NULL"
    " AND (?1 = '' OR instr(lower(f.name), lower(?1)) OR"
    " instr(lower(i.display_name), lower(?1)))"
    " AND" IN_SCOPES(
        "f.name",
        "?2") " AND (?3 = 0 OR f.state_since < ?3 OR (f.state_since = ?3 AND f.name > ?4))"
              " GROUP BY f.id ORDER BY f.state_since DESC, f.name LIMIT ?5";

#define TRASHED "kind = 'group' AND name = ?1 AND state = 'trashed' AND pending = 0"
static const char sql_forget_words[] =
    "DELETE FROM group_fts WHERE rowid IN (SELECT id FROM files WHERE " TRASHED ")";
static const char sql_forget[] = "DELETE FROM files WHERE " TRASHED;

static void read_row(sqlite3_stmt *q, struct arena *a, void *row)
{
    struct deleted_group *out = row;

    out->name = db_column_text(q, 0, a);
    out->display_name = db_column_text(q, 1, a);
    out->deleted_us = db_column_int(q, 2);
    out->by = db_column_text(q, 3, a);
    out->by_kind = db_column_text(q, 4, a);
    out->n_versions = db_column_int(q, 5);
}

int store_deleted_list(struct db *db, struct arena *a, const struct deleted_query *q,
                       struct deleted_group **out, size_t *n_out, struct error *e)
{
    struct db_rows rows = {0};
    int r = db_all(db, a,
                   SQL(sql_list, db_text_or_empty(q->search), db_scopes(a, q->scopes, q->n_scopes),
                       db_int(q->before_us), db_text_or_empty(q->after), db_int((int64_t)q->limit)),
                   read_row, sizeof(struct deleted_group), &rows, e);

    if (r < 0)
        return r;
    *out = rows.items;
    *n_out = rows.n;
    return 0;
}

int store_deleted_forget(struct db *db, const char *name, struct error *e)
{
    int r = db_run(db, SQL(sql_forget_words, db_text(name)), e);

    if (r == 0)
        r = db_run(db, SQL(sql_forget, db_text(name)), e);
    if (r == 0 && db_changes(db) != 1)
        r = error_set(e, ERR_NOT_FOUND, NULL, "there is no such group in the trash");
    return r;
}

static int purge(struct db *db, const char *name, const struct actor *actor, struct error *e)
{
    const struct audit_entry entry = {
        .action = "group.purge", .object_kind = "group", .object = name, .result = "ok"};
    int r = store_form_record(db, actor, e);

    if (r == 0)
        r = store_deleted_forget(db, name, e);
    return r < 0 ? r : store_audit_add(db, actor, &entry, e);
}

int store_deleted_purge(struct db *db, const char *name, const struct actor *actor, struct error *e)
{
    bool own;
    int r = db_join(db, &own, e);

    return r < 0 ? r : db_finish(db, own, purge(db, name, actor, e), e);
}
