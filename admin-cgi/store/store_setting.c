#include "admin-cgi/store/store_setting.h"

#include "admin-cgi/store/db_internal.h"
#include "admin-cgi/store/store_audit.h"
#include "common/json_scan.h"

static const char sql_get[] = "SELECT value FROM settings WHERE key = ?1";
static const char sql_put[] =
    "INSERT INTO settings (key, value, changed_at, changed_by) VALUES (?1, ?2, ?3, ?4)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at,"
    " changed_by = excluded.changed_by";
static const char sql_remove[] = "DELETE FROM settings WHERE key = ?1";

int store_setting_get(struct db *db, struct arena *a, const char *key, struct json_object **out,
                      struct error *e)
{
    sqlite3_stmt *q = db_query(db, sql_get, e);
    struct json_object *value = NULL;
    int r;

    *out = NULL;
    if (!q)
        return ERR_IO;
    db_bind_text(q, 1, key);
    r = db_step(db, q, e);
    if (r != 1)
        return r;
    r = json_scan_parse(&value, span_str((const char *)sqlite3_column_text(q, 0)),
                        &json_limits_file, e);
    db_reset(q);
    if (r < 0)
        return r;
    *out = arena_json(a, value);
    return value && !*out ? error_set(e, ERR_NO_MEMORY, NULL, "no memory for a setting") : 0;
}

static int write_setting(struct db *db, const char *key, struct json_object *value,
                         const struct actor *actor, struct error *e)
{
    const struct audit_entry entry = {
        .action = "setting.put", .object_kind = "setting", .object = key, .result = "ok"};
    sqlite3_stmt *q = db_query(db, value ? sql_put : sql_remove, e);
    int r;

    if (q) {
        db_bind_text(q, 1, key);
        if (value) {
            db_bind_text(q, 2, json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN));
            db_bind_int(q, 3, actor->now_us);
            db_bind_text(q, 4, actor->name ? actor->name : "");
        }
    }
    r = db_run(db, q, e);
    if (r == 0)
        r = form_record(db, actor, e);
    return r < 0 ? r : store_audit_add(db, actor, &entry, e);
}

int store_setting_put(struct db *db, const char *key, struct json_object *value,
                      const struct actor *actor, struct error *e)
{
    bool own;
    int r = db_join(db, &own, e);

    return r < 0 ? r : db_finish(db, own, write_setting(db, key, value, actor, e), e);
}
