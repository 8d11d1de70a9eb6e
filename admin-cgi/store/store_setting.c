#include "admin-cgi/store/store_setting.h"

#include <json-c/json.h>
#include <string.h>

#include "admin-cgi/store/db_statement.h"
#include "admin-cgi/store/db_transaction.h"
#include "admin-cgi/store/store_audit.h"
#include "admin-cgi/store/store_form.h"
#include "admin-cgi/store/store_setting_past.h"

#define SHOWN_MAX 200 /* bytes of a value in the audit log */

static const char sql_get[] = "SELECT value FROM settings WHERE key = ?1";
static const char sql_find[] =
    "SELECT key, value, changed_at, changed_by FROM settings WHERE key = ?1";
static const char sql_list[] = "SELECT key, value, changed_at, changed_by FROM settings"
                               " WHERE key >= ?1 AND key < ?2 ORDER BY key";
static const char sql_set[] =
    "INSERT INTO settings (key, value, changed_at, changed_by) VALUES (?1, ?2, ?3, ?4)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at,"
    " changed_by = excluded.changed_by";
static const char sql_reset[] = "DELETE FROM settings WHERE key = ?1";

int store_setting_get(struct db *db, struct arena *a, const char *key, const char **out,
                      struct error *e)
{
    int r = db_one(db, a, SQL(sql_get, db_text(key)), db_read_text, out, e);

    return r < 0 ? r : 0;
}

static void read_setting(sqlite3_stmt *q, struct arena *a, void *row)
{
    struct setting *s = row;

    s->key = db_column_text(q, 0, a);
    s->value = db_column_text(q, 1, a);
    s->changed_us = db_column_int(q, 2);
    s->changed_by = db_column_text(q, 3, a);
}

int store_setting_find(struct db *db, struct arena *a, const char *key, struct setting *out,
                       struct error *e)
{
    int r;

    *out = (struct setting){0};
    r = db_one(db, a, SQL(sql_find, db_text(key)), read_setting, out, e);
    return r < 0 ? r : 0;
}

int store_setting_list(struct db *db, struct arena *a, const char *prefix, struct setting **out,
                       size_t *n_out, struct error *e)
{
    struct db_rows rows = {0};
    char *end = arena_str(a, prefix);
    int r;

    if (!end)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    end[strlen(end) - 1]++; /* the dot becomes the letter after it */
    r = db_all(db, a, SQL(sql_list, db_text(prefix), db_text(end)), read_setting, sizeof **out,
               &rows, e);
    *out = rows.items;
    *n_out = rows.n;
    return r;
}

/* The first bytes of a value, whole letters. */
static struct json_object *shown(const char *value)
{
    struct span text = span_str(value ? value : "");

    if (text.len > SHOWN_MAX) {
        text = span_sub(text, 0, SHOWN_MAX);
        text.len = span_whole_len(text);
    }
    return json_object_new_string_len((const char *)text.data, (int)text.len);
}

static int audit(struct db *db, const char *key, const char *before, const char *after,
                 const struct actor *actor, struct error *e)
{
    struct json_object *detail = json_object_new_object();
    struct audit_entry entry = {.action = after ? "setting.set" : "setting.reset",
                                .object_kind = "setting",
                                .object = key,
                                .result = "ok"};
    int r;

    if (!detail)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    if (before)
        json_object_object_add(detail, "before", shown(before));
    if (after)
        json_object_object_add(detail, "after", shown(after));
    entry.detail = json_object_to_json_string_ext(detail, JSON_C_TO_STRING_PLAIN);
    r = store_audit_add(db, actor, &entry, e);
    json_object_put(detail);
    return r;
}

/* In the running transaction. @param c with what holds as `before`; NULL: nothing
 * @param batch as of store_setting_past_add() */
static int change_one(struct db *db, const struct setting_change *c, int64_t *batch,
                      const struct actor *actor, struct error *e)
{
    int r = c->after ? db_run(db,
                              SQL(sql_set, db_text(c->key), db_text(c->after),
                                  db_int(actor->now_us), db_text_or_empty(actor->name)),
                              e)
                     : db_run(db, SQL(sql_reset, db_text(c->key)), e);

    if (r == 0)
        r = store_setting_past_add(db, c, batch, actor, e);
    return r < 0 || c->is_silent ? r : audit(db, c->key, c->before, c->after, actor, e);
}

int store_setting_note(struct db *db, const char *key, const char *value, const struct actor *actor,
                       struct error *e)
{
    bool own;
    int r = db_join(db, &own, e);

    if (r < 0)
        return r;
    r = db_run(db,
               SQL(sql_set, db_text(key), db_text(value), db_int(actor->now_us),
                   db_text_or_empty(actor->name)),
               e);
    return db_finish(db, own, r, e);
}

int store_setting_forget(struct db *db, const char *key, struct error *e)
{
    bool own;
    int r = db_join(db, &own, e);

    if (r < 0)
        return r;
    r = db_run(db, SQL(sql_reset, db_text(key)), e);
    return db_finish(db, own, r, e);
}

bool store_setting_is_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

int store_setting_set(struct db *db, const char *key, const char *value, const struct actor *actor,
                      int64_t *batch, struct error *e)
{
    struct arena a = {0};
    struct setting_change change = {.key = key, .after = value};
    int r = db_begin(db, e);

    *batch = 0;
    if (r < 0)
        return r;
    r = store_form_record(db, actor, e);
    if (r == 0)
        r = store_setting_get(db, &a, key, &change.before, e);
    if (r == 0 && !store_setting_is_same(change.before, value))
        r = change_one(db, &change, batch, actor, e);
    arena_release(&a);
    return db_finish(db, true, r, e);
}

static int change_if_seen(struct db *db, const struct setting_change *change, int64_t *batch,
                          const struct actor *actor, struct error *e)
{
    struct arena a = {0};
    const char *now = NULL;
    int r = store_setting_get(db, &a, change->key, &now, e);

    if (r == 0 && !store_setting_is_same(now, change->before))
        r = error_set(e, ERR_PRECONDITION, change->key, "somebody else changed it meanwhile");
    if (r == 0 && !store_setting_is_same(now, change->after))
        r = change_one(db, change, batch, actor, e);
    arena_release(&a);
    return r;
}

int store_setting_change(struct db *db, const struct setting_change *changes, size_t n,
                         const struct actor *actor, int64_t *batch, struct error *e)
{
    int r = db_begin(db, e);

    *batch = 0;
    if (r < 0)
        return r;
    r = store_form_record(db, actor, e);
    for (size_t i = 0; i < n && r == 0; i++)
        r = change_if_seen(db, &changes[i], batch, actor, e);
    return db_finish(db, true, r, e);
}
