#include "admin-cgi/store/store_snapshot.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "admin-cgi/store/db_statement.h"
#include "admin-cgi/store/db_transaction.h"
#include "admin-cgi/store/migrate.h"
#include "admin-cgi/store/store_audit.h"
#include "common/buf.h"

static const char sql_snapshot[] = "VACUUM INTO ?1";
static const char sql_end_sessions[] = "DELETE FROM sessions";
static const char sql_forget_forms[] = "DELETE FROM forms";

int store_snapshot(struct db *db, const char *path, struct error *e)
{
    return db_run(db, SQL(sql_snapshot, db_text(path)), e);
}

static int end_what_ran(struct db *db, const struct actor *actor, const char *detail,
                        struct error *e)
{
    const struct audit_entry entry = {.action = "backup.restore",
                                      .object_kind = "server",
                                      .object = "everything",
                                      .result = "ok",
                                      .detail = detail};
    int r = db_begin(db, e);

    if (r < 0)
        return r;
    r = db_run(db, SQL(sql_end_sessions), e);
    if (r == 0)
        r = db_run(db, SQL(sql_forget_forms), e);
    if (r == 0)
        r = store_audit_add(db, actor, &entry, e);
    return db_finish(db, true, r, e);
}

/* Nobody else has it open, and its log is empty. */
static int remove_log(const char *database, struct error *e)
{
    static const char *const suffixes[] = {"-wal", "-shm"};
    int r = 0;

    for (size_t i = 0; r == 0 && i < 2; i++) {
        struct buf path = {0};

        buf_printf(&path, "%s%s", database, suffixes[i]);
        if (buf_check(&path) < 0)
            r = error_set(e, ERR_NO_MEMORY, NULL, "no memory for a path name");
        else if (unlink(buf_str(&path)) < 0 && errno != ENOENT)
            r = error_set_errno(e, NULL, "cannot remove the log of the database");
        buf_release(&path);
    }
    return r;
}

int store_snapshot_adopt(const struct db_paths *paths, const char *schema_dir,
                         const struct actor *actor, const char *detail, struct error *e)
{
    struct db *db = NULL;
    int r = db_open(&db, paths, false, e);

    if (r == 0)
        r = db_check_integrity(db, e);
    if (r == 0)
        r = migrate(db, schema_dir, actor->now_us, NULL, e);
    if (r == 0)
        r = end_what_ran(db, actor, detail, e);
    if (r == 0)
        r = db_checkpoint(db, 0, e);
    db_close(db);
    return r < 0 ? r : remove_log(paths->database, e);
}
