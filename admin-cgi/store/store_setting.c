#include "admin-cgi/store/store_setting.h"

#include "admin-cgi/store/db_statement.h"
#include "admin-cgi/store/db_transaction.h"
#include "admin-cgi/store/store_audit.h"
#include "admin-cgi/store/store_form.h"

static const char sql_get[] = "SELECT value FROM settings WHERE key = ?1";
static const char sql_set[] =
    "INSERT INTO settings (key, value, changed_at, changed_by) VALUES (?1, ?2, ?3, ?4)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at,"
    " changed_by = excluded.changed_by";

int store_setting_get(struct db *db, struct arena *a, const char *key, const char **out,
                      struct error *e)
{
    int r = db_one(db, a, SQL(sql_get, db_text(key)), db_read_text, out, e);

    return r < 0 ? r : 0;
}

int store_setting_set(struct db *db, const char *key, const char *value, const struct actor *actor,
                      struct error *e)
{
    const struct audit_entry entry = {
        .action = "setting.set", .object_kind = "setting", .object = key, .result = "ok"};
    int r = db_begin(db, e);

    if (r < 0)
        return r;
    r = store_form_record(db, actor, e);
    if (r == 0)
        r = db_run(db,
                   SQL(sql_set, db_text(key), db_text(value), db_int(actor->now_us),
                       db_text_or_empty(actor->name)),
                   e);
    if (r == 0)
        r = store_audit_add(db, actor, &entry, e);
    return db_finish(db, true, r, e);
}
