#include "admin-cgi/store/store_purge.h"

#include <inttypes.h>
#include <stdio.h>

#include "admin-cgi/store/db_statement.h"
#include "admin-cgi/store/db_transaction.h"
#include "admin-cgi/store/store_audit.h"
#include "admin-cgi/store/store_deleted.h"
#include "admin-cgi/store/store_form.h"
#include "admin-cgi/store/store_setting_past.h"

#define DELETED_AT_ONCE 1000 /* more of them go the next time */

/* In use, on the disk, or the text of an edit by hand that lost and that nobody has looked at. */
#define NEEDED                                                                                     \
    " AND id NOT IN (SELECT head FROM files WHERE head IS NOT NULL)"                               \
    " AND id NOT IN (SELECT version_id FROM conflicts WHERE resolved_at IS NULL)"                  \
    " AND NOT EXISTS (SELECT 1 FROM files f WHERE f.id = versions.file_id"                         \
    " AND f.disk_sha256 = versions.sha256)"
#define NEWEST_SEQ "(SELECT max(v.seq) FROM versions v WHERE v.file_id = versions.file_id)"
static const char sql_old_versions[] =
    "DELETE FROM versions WHERE at < ?1 AND seq <= " NEWEST_SEQ " - ?2" NEEDED;
static const char sql_versions_of[] =
    "DELETE FROM versions WHERE file_id = ?1 AND seq <= " NEWEST_SEQ " - ?2" NEEDED;
static const char sql_file[] = "SELECT id FROM files WHERE kind = 'group' AND name = ?1";
static const char sql_audit_mark[] =
    "INSERT INTO settings (key, value, changed_at, changed_by)"
    " VALUES ('audit.purged_until', CAST(?1 AS TEXT), ?2, 'keeper') ON CONFLICT (key) DO UPDATE SET"
    " value = excluded.value, changed_at = excluded.changed_at";
static const char sql_old_audit[] = "DELETE FROM audit WHERE at < ?1";
static const char sql_old_deleted[] =
    "SELECT name FROM files WHERE kind = 'group' AND state = 'trashed' AND pending = 0"
    " AND state_since > 0 AND state_since < ?1 ORDER BY name LIMIT ?2";
static int audit(struct db *db, const struct actor *actor, const char *action, const char *group,
                 int64_t n, struct error *e)
{
    char detail[40] = "";
    const struct audit_entry entry = {.action = action,
                                      .object_kind = "group",
                                      .object = group,
                                      .result = "ok",
                                      .detail = detail};

    if (n > 0)
        snprintf(detail, sizeof detail, "{\"number\":\"%" PRId64 "\"}", n);
    return store_audit_add(db, actor, &entry, e);
}

static int purge_deleted(struct db *db, int64_t before_us, const struct actor *actor,
                         struct error *e)
{
    struct arena a = {0};
    struct db_rows rows = {0};
    int r = db_all(db, &a, SQL(sql_old_deleted, db_int(before_us), db_int(DELETED_AT_ONCE)),
                   db_read_text, sizeof(const char *), &rows, e);

    for (size_t i = 0; r == 0 && i < rows.n; i++) {
        const char *name = ((const char *const *)rows.items)[i];

        r = store_deleted_forget(db, name, e);
        if (r == 0)
            r = audit(db, actor, "group.expire", name, 0, e);
    }
    arena_release(&a);
    return r;
}

static int purge_versions(struct db *db, const struct history_kept *kept, const struct actor *actor,
                          struct error *e)
{
    int r = db_run(
        db,
        SQL(sql_old_versions, db_int(actor->now_us - kept->versions_us), db_int(kept->n_newest)),
        e);
    int64_t n = db_changes(db);

    return r < 0 || n == 0 ? r : audit(db, actor, "version.expire", "", n, e);
}

static int purge_history(struct db *db, const struct history_kept *kept, int64_t now_us,
                         struct error *e)
{
    const struct actor actor = {.kind = ACTOR_SYSTEM, .now_us = now_us};
    int64_t audit_us = now_us - kept->audit_us;
    int r = purge_versions(db, kept, &actor, e);

    if (r == 0)
        r = store_setting_past_purge(db, now_us - kept->versions_us, e);
    if (r == 0 && kept->deleted_us)
        r = purge_deleted(db, now_us - kept->deleted_us, &actor, e);
    if (r == 0)
        r = db_run(db, SQL(sql_audit_mark, db_int(audit_us), db_int(now_us)), e);
    return r < 0 ? r : db_run(db, SQL(sql_old_audit, db_int(audit_us)), e);
}

int store_purge_history(struct db *db, const struct history_kept *kept, int64_t now_us,
                        struct error *e)
{
    bool own;
    int r = db_join(db, &own, e);

    return r < 0 ? r : db_finish(db, own, purge_history(db, kept, now_us, e), e);
}

static int forget_versions(struct db *db, const char *group, int64_t n_newest,
                           const struct actor *actor, int64_t *n_gone, struct error *e)
{
    int64_t file = 0;
    int r = store_form_record(db, actor, e);

    if (r == 0)
        r = db_number(db, SQL(sql_file, db_text(group)), &file, e);
    if (r == 0)
        r = db_run(db, SQL(sql_versions_of, db_int(file), db_int(n_newest)), e);
    if (r < 0)
        return r;
    *n_gone = db_changes(db);
    return *n_gone ? audit(db, actor, "version.forget", group, *n_gone, e) : 0;
}

int store_purge_versions(struct db *db, const char *group, int64_t n_newest,
                         const struct actor *actor, int64_t *n_gone, struct error *e)
{
    bool own;
    int r = db_join(db, &own, e);

    *n_gone = 0;
    return r < 0 ? r
                 : db_finish(db, own, forget_versions(db, group, n_newest, actor, n_gone, e), e);
}
