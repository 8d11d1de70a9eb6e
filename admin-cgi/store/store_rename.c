#include "admin-cgi/store/store_rename.h"

#include <string.h>

#include "admin-cgi/store/db_internal.h"
#include "admin-cgi/store/db_statement.h"
#include "admin-cgi/store/db_transaction.h"
#include "admin-cgi/store/group_index.h"
#include "admin-cgi/store/store_audit.h"
#include "admin-cgi/store/store_file_many.h"
#include "admin-cgi/store/store_file_row.h"
#include "admin-cgi/store/store_form.h"
#include "common/json_build.h"
#include "common/json_scan.h"
#include "common/percent.h"

/* In `settings`: what a redirect is (by the id of its file), and what is left to do elsewhere. */
#define REDIRECT_KEY "renamed:"
#define TODO_KEY "rename-todo:"

static const char sql_names[] =
    "SELECT name FROM files WHERE kind = 'group' AND state <> 'trashed' AND (name = ?1"
    " OR (?2 = 1 AND name >= ?1 || '/' AND name < ?1 || '0')) ORDER BY name LIMIT ?3";
static const char sql_is_redirect[] =
    "SELECT count(*) FROM settings s JOIN files f ON s.key = '" REDIRECT_KEY "' || f.id"
    " WHERE f.id = ?1 AND f.head = s.value ->> 'version'";
static const char sql_forget_file[] = "DELETE FROM files WHERE id = ?1";
static const char sql_forget_redirect[] =
    "DELETE FROM settings WHERE key = '" REDIRECT_KEY "' || ?1";
#define NOTE(key, members)                                                                         \
    "INSERT INTO settings (key, value, changed_at, changed_by)"                                    \
    " VALUES ('" key "' || ?1, json_object(" members                                               \
    "), ?2, ?3) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
static const char sql_note_redirect[] =
    NOTE(REDIRECT_KEY, "'to', ?4, 'until', ?5, 'version', ?6, 'below', ?7, 'first', ?8");
static const char sql_note_todo[] = NOTE(TODO_KEY, "'from', ?4, 'to', ?5");
static const char sql_copy_scope[] =
    "INSERT OR IGNORE INTO account_scopes (account_id, prefix, subtree, caps, max_groups)"
    " SELECT account_id, ?2, subtree, caps, max_groups FROM account_scopes"
    " WHERE prefix = ?1 AND subtree = 1 AND ?3 = 0";
static const char sql_move_scope[] =
    "UPDATE OR IGNORE account_scopes SET prefix = ?2 WHERE prefix = ?1"
    " AND (subtree = 0 OR ?3 = 1)";
static const char sql_move_scopes_below[] =
    "UPDATE OR IGNORE account_scopes SET prefix = ?2 || substr(prefix, length(?1) + 1)"
    " WHERE prefix >= ?1 || '/' AND prefix < ?1 || '0' AND ?3 = 1";
static const char sql_move_sessions[] = "UPDATE sessions SET group_name = ?2 WHERE group_name = ?1";
static const char sql_move_shares[] = "UPDATE shares SET group_name = ?2 WHERE group_name = ?1";
static const char sql_find[] =
    "SELECT f.name, s.value ->> 'below' FROM settings s"
    " JOIN files f ON s.key = '" REDIRECT_KEY "' || f.id"
    " WHERE s.key >= '" REDIRECT_KEY "' AND s.key < 'renamed;' AND s.value ->> 'to' = ?1"
    " AND s.value ->> 'first' = 1 AND f.head = s.value ->> 'version'"
    " ORDER BY s.changed_at DESC LIMIT 1";
static const char sql_over[] =
    "SELECT f.name, substr(s.key, 9), f.head = s.value ->> 'version' AND f.state = 'ok'"
    " FROM settings s LEFT JOIN files f ON s.key = '" REDIRECT_KEY "' || f.id"
    " WHERE s.key >= '" REDIRECT_KEY "' AND s.key < 'renamed;' AND s.value ->> 'until' <= ?1"
    " LIMIT 100";
static const char sql_todo[] = "SELECT key, value ->> 'from', value ->> 'to' FROM settings"
                               " WHERE key >= '" TODO_KEY "' AND key < 'rename-todo;' LIMIT 1000";
static const char sql_done[] = "DELETE FROM settings WHERE key = ?1";

int store_rename_names(struct db *db, struct arena *a, const struct rename_order *order,
                       const char ***out, size_t *n_out, struct error *e)
{
    struct db_rows rows = {0};
    int r = db_all(db, a,
                   SQL(sql_names, db_text(order->from), db_int(order->with_below),
                       db_int(RENAMED_AT_ONCE_MAX + 1)),
                   db_read_text, sizeof(const char *), &rows, e);

    if (r < 0)
        return r;
    if (rows.n > RENAMED_AT_ONCE_MAX)
        return error_set(e, ERR_TOO_LARGE, NULL, "there are more than %d groups below it",
                         RENAMED_AT_ONCE_MAX);
    *out = rows.items;
    *n_out = rows.n;
    return 0;
}

const char *store_rename_new_name(struct arena *a, const struct rename_order *order,
                                  const char *name)
{
    return arena_printf(a, "%s%s", order->to, name + strlen(order->from));
}

/* ---- one group, in the running transaction ---- */

struct renaming {
    struct db *db;
    struct arena *a;
    const struct rename_order *order;
    const struct actor *actor;
    const char *from, *to;
    struct file_row row; /* of the group */
    struct file_stamp old_stamp;
    char old_sha256[SHA256_HEX_SIZE];
};

/* The new name is free, or an old redirect of ours has it, which goes. What its file holds then is
 * known, so that writing over it displaces nobody's. */
static int clear_target(struct renaming *m, struct file_row *there, struct error *e)
{
    int64_t is_redirect = 0;
    int r = file_row_find(m->db, m->a, FILE_GROUP, m->to, there, e);

    if (r < 0 || there->id == 0)
        return r;
    r = db_number(m->db, SQL(sql_is_redirect, db_int(there->id)), &is_redirect, e);
    if (r < 0)
        return r;
    if (there->status == FILE_TRASHED && there->head_id)
        return error_set(e, ERR_EXISTS, NULL, "a deleted group is called %s", m->to);
    if (there->status != FILE_TRASHED && !is_redirect)
        return error_set(e, ERR_EXISTS, NULL, "there is a group called %s", m->to);
    r = db_run(m->db, SQL(sql_forget_redirect, db_int(there->id)), e);
    return r < 0 ? r : db_run(m->db, SQL(sql_forget_file, db_int(there->id)), e);
}

static int move_row(struct renaming *m, const struct file_row *there, struct error *e)
{
    struct group_desc *desc = NULL;
    int r = file_validate(FILE_GROUP, m->row.head_text, &desc, e);

    if (r == 0)
        r = file_row_rename(m->db, &m->row, m->to, e);
    m->row.name = m->to;
    if (r == 0)
        r = file_row_set_disk(m->db, &m->row, &there->stamp, there->disk_sha256, true, e);
    if (r == 0)
        r = group_index_write(m->db, m->row.id, m->to, desc, m->row.head_at_us, e);
    group_desc_unref(desc);
    return r;
}

static void add_member(struct buf *text, const char *name, const char *value)
{
    buf_printf(text, "  \"%s\": ", name);
    json_add_string(text, span_str(value ? value : ""));
}

static char *redirect_text(struct renaming *m)
{
    struct buf path = {0}, text = {0};
    char *copy = NULL;

    percent_add(&path, m->to, "/");
    buf_add_str(&text, "{\n");
    add_member(&text, "redirect", arena_printf(m->a, "/group/%s/", buf_str(&path)));
    buf_add_str(&text, ",\n");
    add_member(&text, "comment", arena_printf(m->a, "This group is called %s now.", m->to));
    buf_add_str(&text, "\n}\n");
    if (buf_check(&path) == 0 && buf_check(&text) == 0 && !m->a->bad)
        copy = arena_dup(m->a, buf_span(&text));
    buf_release(&path);
    buf_release(&text);
    return copy;
}

static int note_redirect(struct renaming *m, const struct file_row *left, int64_t version_id,
                         struct error *e)
{
    bool is_first = strcmp(m->from, m->order->from) == 0;

    return db_run(m->db,
                  SQL(sql_note_redirect, db_int(left->id), db_int(m->actor->now_us),
                      db_text_or_empty(m->actor->name), db_text(m->to),
                      db_int(m->order->redirect_until_us), db_int(version_id),
                      db_int(m->order->with_below), db_int(is_first)),
                  e);
}

static int leave_redirect(struct renaming *m, struct file_row *left, struct error *e)
{
    const char *text = redirect_text(m);
    char sha256[SHA256_HEX_SIZE];
    struct version_new v = {.file_id = left->id,
                            .source = "edit",
                            .summary = "group.rename",
                            .sha256 = sha256,
                            .body = span_str(text ? text : ""),
                            .at_us = m->actor->now_us};
    struct group_desc *desc = NULL;
    int64_t version_id = 0;
    int r = text ? file_validate(FILE_GROUP, v.body, &desc, e) : ERR_NO_MEMORY;

    sha256_hex(v.body, sha256);
    if (r == 0)
        r = version_add(m->db, &v, m->actor, &version_id, NULL, e);
    if (r == 0)
        r = file_row_set_head(m->db, left, version_id, true, e);
    if (r == 0)
        r = file_row_set_status(m->db, left, FILE_OK, NULL, m->actor->now_us, e);
    if (r == 0)
        r = group_index_write(m->db, left->id, m->from, desc, m->actor->now_us, e);
    if (r == 0)
        r = note_redirect(m, left, version_id, e);
    group_desc_unref(desc);
    return r;
}

/* The old name: a redirect, or a file to be taken away. */
static int leave_old_name(struct renaming *m, struct error *e)
{
    struct file_row left = {.kind = FILE_GROUP, .name = m->from, .problem = ""};
    int r = file_row_create(m->db, &left, m->actor->now_us, e);

    if (r == 0)
        r = m->order->redirect_until_us
                ? leave_redirect(m, &left, e)
                : file_row_set_status(m->db, &left, FILE_TRASHED, NULL, m->actor->now_us, e);
    if (r == 0)
        r = file_row_set_disk(m->db, &left, &m->old_stamp, m->old_sha256, true, e);
    return r;
}

static int audit(struct renaming *m, struct error *e)
{
    struct json_object *detail = arena_json(m->a, json_object_new_object());
    struct audit_entry entry = {.action = "group.rename",
                                .object_kind = "group",
                                .object = m->to,
                                .version_before = m->row.head_id,
                                .version_after = m->row.head_id,
                                .result = "ok"};

    if (!detail || !json_build_set(detail, "from", json_object_new_string(m->from)))
        return ERR_NO_MEMORY;
    entry.detail = json_object_to_json_string_ext(detail, JSON_C_TO_STRING_PLAIN);
    return store_audit_add(m->db, m->actor, &entry, e);
}

static int note_todo(struct renaming *m, struct error *e)
{
    return db_run(m->db,
                  SQL(sql_note_todo, db_int(m->row.id), db_int(m->actor->now_us),
                      db_text_or_empty(m->actor->name), db_text(m->from), db_text(m->to)),
                  e);
}

static int rename_one(struct renaming *m, struct error *e)
{
    struct file_row there;
    int r = file_row_find(m->db, m->a, FILE_GROUP, m->from, &m->row, e);

    if (r == 0 && (m->row.status != FILE_OK || !m->row.head_id))
        r = error_set(e, ERR_WRONG_STATE, NULL, "the file of %s must be mended first", m->from);
    if (r < 0)
        return r;
    m->old_stamp = m->row.stamp;
    memcpy(m->old_sha256, m->row.disk_sha256, sizeof m->old_sha256);
    r = clear_target(m, &there, e);
    if (r == 0)
        r = move_row(m, &there, e);
    if (r == 0)
        r = leave_old_name(m, e);
    if (r == 0)
        r = audit(m, e);
    if (r == 0)
        r = note_todo(m, e);
    if (r == 0)
        r = db_run(m->db, SQL(sql_move_sessions, db_text(m->from), db_text(m->to)), e);
    if (r == 0)
        r = db_run(m->db, SQL(sql_move_shares, db_text(m->from), db_text(m->to)), e);
    return r;
}

/* ---- all of them ---- */

static int move_scopes(struct db *db, const struct rename_order *o, struct error *e)
{
    static const char *const statements[] = {sql_copy_scope, sql_move_scope, sql_move_scopes_below};
    int r = 0;

    for (size_t i = 0; r == 0 && i < 3; i++)
        r = db_run(db, SQL(statements[i], db_text(o->from), db_text(o->to), db_int(o->with_below)),
                   e);
    return r;
}

static int rename_all(struct db *db, struct arena *a, const struct rename_order *order,
                      const struct actor *actor, const char *const *names, size_t n,
                      struct error *e)
{
    int r = db_begin(db, e);

    if (r < 0)
        return r;
    r = store_form_record(db, actor, e);
    for (size_t i = 0; r == 0 && i < n; i++) {
        struct renaming m = {.db = db,
                             .a = a,
                             .order = order,
                             .actor = actor,
                             .from = names[i],
                             .to = store_rename_new_name(a, order, names[i])};

        r = m.to ? rename_one(&m, e) : error_set(e, ERR_NO_MEMORY, NULL, "no memory for a name");
    }
    if (r == 0)
        r = move_scopes(db, order, e);
    return db_finish(db, true, r, e);
}

int store_rename(struct db *db, struct arena *a, const struct rename_order *order,
                 const struct actor *actor, size_t *n_out, struct error *e)
{
    const char **names = NULL, **places;
    size_t n = 0;
    int r = store_rename_names(db, a, order, &names, &n, e);

    if (r == 0 && n == 0)
        r = error_set(e, ERR_NOT_FOUND, NULL, "there is no such group");
    if (r < 0)
        return r;
    places = arena_array(a, 2 * n, sizeof *places);
    for (size_t i = 0; places && i < n; i++) { /* new files first: a redirect leads somewhere */
        places[i] = store_rename_new_name(a, order, names[i]);
        places[n + i] = names[i];
    }
    if (!places || a->bad)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for names");
    r = store_file_publish(db, FILE_GROUP, places, 2 * n, actor->now_us, e); /* what people did */
    if (r == 0)
        r = db_lock_files(db, e);
    if (r < 0)
        return r;
    r = rename_all(db, a, order, actor, names, n, e);
    db_unlock_files(db);
    if (r == 0)
        r = store_file_publish(db, FILE_GROUP, places, 2 * n, actor->now_us, e);
    *n_out = n;
    return r;
}

/* ---- afterwards ---- */

static void read_found(sqlite3_stmt *q, struct arena *a, void *row)
{
    struct rename_order *out = row;

    out->to = db_column_text(q, 0, a); /* back */
    out->with_below = db_column_int(q, 1) != 0;
}

int store_rename_find(struct db *db, struct arena *a, const char *to, struct rename_order *out,
                      struct error *e)
{
    int r;

    *out = (struct rename_order){.from = to};
    r = db_one(db, a, SQL(sql_find, db_text(to)), read_found, out, e);
    if (r == 0)
        return error_set(e, ERR_NOT_FOUND, NULL, "there is no rename to take back");
    return r < 0 ? r : 0;
}

struct over {
    const char *name, *id;
    bool is_ours;
};

static void read_over(sqlite3_stmt *q, struct arena *a, void *row)
{
    struct over *out = row;

    out->name = db_column_text(q, 0, a);
    out->id = db_column_text(q, 1, a);
    out->is_ours = db_column_int(q, 2) != 0;
}

static int expire_one(struct db *db, const struct over *o, int64_t now_us, struct error *e)
{
    const struct actor actor = {.kind = ACTOR_SYSTEM, .name = "keeper", .now_us = now_us};
    const struct file_change c = {.kind = FILE_GROUP,
                                  .name = o->name,
                                  .actor = &actor,
                                  .action = "group.redirect-over",
                                  .remove = true};
    struct file_result result;
    uint64_t id = 0;
    int r = o->is_ours ? store_file_change(db, &c, &result, e) : 0;

    if (r == 0 && o->is_ours && span_u64(span_str(o->id), &id))
        r = db_write(db, SQL(sql_forget_file, db_int((int64_t)id)), e);
    return r < 0 ? r : db_write(db, SQL(sql_forget_redirect, db_text(o->id)), e);
}

int store_rename_expire(struct db *db, int64_t now_us, struct error *e)
{
    struct arena a = {0};
    struct db_rows rows = {0};
    int r = db_all(db, &a, SQL(sql_over, db_int(now_us)), read_over, sizeof(struct over), &rows, e);

    for (size_t i = 0; r == 0 && i < rows.n; i++)
        r = expire_one(db, (const struct over *)rows.items + i, now_us, e);
    arena_release(&a);
    return r;
}

static void read_todo(sqlite3_stmt *q, struct arena *a, void *row)
{
    struct rename_todo *out = row;

    out->key = db_column_text(q, 0, a);
    out->from = db_column_text(q, 1, a);
    out->to = db_column_text(q, 2, a);
}

int store_rename_todo(struct db *db, struct arena *a, struct rename_todo **out, size_t *n_out,
                      struct error *e)
{
    struct db_rows rows = {0};
    int r = db_all(db, a, SQL(sql_todo), read_todo, sizeof(struct rename_todo), &rows, e);

    if (r < 0)
        return r;
    *out = rows.items;
    *n_out = rows.n;
    return 0;
}

int store_rename_done(struct db *db, const struct rename_todo *todo, struct error *e)
{
    return db_write(db, SQL(sql_done, db_text(todo->key)), e);
}
