/* The keeper's side of managed files: what vanished, what a crash left behind. */
#include "admin-cgi/store/store_file_care.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "admin-cgi/export/disk.h"
#include "admin-cgi/export/exporter.h"
#include "admin-cgi/store/db_internal.h"
#include "admin-cgi/store/db_statement.h"
#include "admin-cgi/store/db_transaction.h"
#include "admin-cgi/store/store_audit.h"
#include "admin-cgi/store/store_file_row.h"
#include "admin-cgi/store/store_file_sync.h"
#include "common/log.h"
#include "common/now.h"

#define LEFTOVER_AGE_US (10 * US_PER_S)

static const struct log_ctx ctx = {.room = "files"};

static const char sql_names[] =
    "SELECT name FROM files WHERE kind = ?1 AND (state <> 'trashed' OR pending = 1) ORDER BY name";
static const char sql_pending[] = "SELECT count(*) FROM files WHERE pending = 1";
static const char sql_by_id[] = "SELECT kind, name FROM files WHERE id = ?1";

int store_file_names(struct db *db, struct arena *a, enum file_kind kind, const char ***out,
                     size_t *n_out, struct error *e)
{
    struct db_rows rows = {0};
    int r = db_all(db, a, SQL(sql_names, db_text(file_kind_name(kind))), db_read_text,
                   sizeof(const char *), &rows, e);

    if (r < 0)
        return r;
    *out = rows.items;
    *n_out = rows.n;
    return 0;
}

/* ---- many files at once ---- */

/* 1: the row tells what the disk holds; 0: it does not; or an error. */
static int is_current(struct db *db, enum file_kind kind, const char *name, struct error *e)
{
    struct arena arena = {0};
    struct disk_file disk;
    struct file_row row;
    int root;
    const char *path = file_place(db, &arena, kind, name, &root);
    int r = path ? file_row_find(db, &arena, kind, name, &row, e) : ERR_NO_MEMORY;

    if (r == 0)
        r = disk_look(root, path, &disk);
    if (r == 0)
        r = file_row_is_current(&row, &disk);
    arena_release(&arena);
    return r;
}

/* In a write transaction, under the files lock. @return 1, 0 (it wants a look), or an error */
static int import_one(struct db *db, enum file_kind kind, const char *name, int64_t now_us,
                      struct error *e)
{
    struct arena arena = {0};
    struct file_row row;
    int r = file_row_find(db, &arena, kind, name, &row, e);

    if (r == 0)
        r = file_sync(db, &arena, &row, now_us, e);
    if (r == 0)
        r = !row.vanished;
    arena_release(&arena);
    return r;
}

/* Where a row is pending its head may go to the disk, even under a new name, and what reaches the
 * disk for one file must not wait for the commit of others. */
static int import_all(struct db *db, enum file_kind kind, const char *const *names, size_t n,
                      int64_t now_us, struct error *e)
{
    int64_t n_pending = 0;
    bool all = true;
    int r = db_begin(db, e);

    if (r < 0)
        return r;
    r = db_number(db, SQL(sql_pending), &n_pending, e);
    for (size_t i = 0; r >= 0 && n_pending == 0 && i < n; i++) {
        r = import_one(db, kind, names[i], now_us, e);
        all = all && r == 1;
    }
    r = db_finish(db, true, r < 0 ? r : 0, e);
    return r < 0 ? r : all && n_pending == 0;
}

int store_file_import(struct db *db, enum file_kind kind, const char *const *names, size_t n,
                      int64_t now_us, struct error *e)
{
    bool is_locked = db->files_lock_fd >= 0; /* without: a read-only directory (WEB-33) */
    int r = 1;

    while (n > 0 && (r = is_current(db, kind, *names, e)) == 1) {
        names++;
        n--;
    }
    if (r != 0)
        return r;
    r = is_locked ? db_lock_files(db, e) : 0;
    if (r < 0)
        return r;
    r = import_all(db, kind, names, n, now_us, e);
    if (is_locked)
        db_unlock_files(db);
    return r;
}

/* ---- what vanished ---- */

/* In a write transaction, under the files lock. */
static int trash(struct db *db, struct arena *a, enum file_kind kind, const char *name,
                 int64_t now_us, struct error *e)
{
    const struct actor actor = {.kind = ACTOR_FILE, .name = "", .now_us = now_us};
    struct file_stamp none = {0};
    struct file_row row;
    int r = file_row_find(db, a, kind, name, &row, e);

    if (r == 0)
        r = file_sync(db, a, &row, now_us, e);
    if (r < 0 || !row.vanished)
        return r;
    r = file_row_set_status(db, &row, FILE_TRASHED, NULL, now_us, e);
    if (r == 0)
        r = file_row_set_disk(db, &row, &none, "", false, e);
    if (r == 0) {
        const struct audit_entry entry = {.action = "file.vanished",
                                          .object_kind = file_kind_name(kind),
                                          .object = name,
                                          .version_before = row.head_id,
                                          .result = "ok"};

        r = store_audit_add(db, &actor, &entry, e);
    }
    return r < 0 ? r : 1;
}

int store_file_trash_vanished(struct db *db, enum file_kind kind, const char *name, int64_t now_us,
                              struct error *e)
{
    struct arena arena = {0};
    int trashed = 0;
    int r = db_lock_files(db, e);

    if (r < 0)
        return r;
    r = db_begin(db, e);
    if (r == 0) {
        trashed = trash(db, &arena, kind, name, now_us, e);
        r = db_finish(db, true, trashed < 0 ? trashed : 0, e);
    }
    db_unlock_files(db);
    arena_release(&arena);
    if (r == 0 && trashed == 1)
        log_info(&ctx, "%s %s: its file is gone; it is in the trash with all versions",
                 file_kind_name(kind), name);
    return r < 0 ? r : trashed;
}

/* ---- leftovers ---- */

struct sweep {
    struct db *db;
    int64_t now_us;
    int result;
    struct error *e;
};

struct file_name {
    enum file_kind kind;
    const char *name;
};

static void read_file_name(sqlite3_stmt *q, struct arena *a, void *row)
{
    *(struct file_name *)row =
        (struct file_name){.kind = file_kind_of(db_column_peek(q, 0), db_column_peek(q, 1)),
                           .name = db_column_text(q, 1, a)};
}

static int find_by_id(struct db *db, struct arena *a, int64_t file_id, struct file_row *row,
                      struct error *e)
{
    struct file_name file;
    int r = db_one(db, a, SQL(sql_by_id, db_int(file_id)), read_file_name, &file, e);

    row->id = 0;
    return r == 1 ? file_row_find(db, a, file.kind, file.name, row, e) : r;
}

/* Keep bytes that are in no version. @return 1 when the file may go, 0 when somebody may still have
 * it open, or an error */
static int keep_leftover(struct db *db, struct arena *a, const struct leftover *l, int64_t now_us,
                         struct error *e)
{
    struct file_row row = {0};
    const char *source = "";
    int64_t id = 0;
    int r = find_by_id(db, a, l->file_id, &row, e);

    if (r < 0)
        return r;
    if (row.id == 0 || l->text.len == 0)
        return 1; /* of a file that was never committed */
    r = version_find(db, row.id, l->sha256, &id, &source, e);
    if (r < 0)
        return r;
    if (id && strcmp(source, "displaced") != 0)
        return 1;
    if (l->age_us >= 0 && l->age_us < LEFTOVER_AGE_US)
        return 0;
    if (id == 0) {
        const struct actor actor = {.kind = ACTOR_SYSTEM, .name = "leftover", .now_us = now_us};
        const struct version_new v = {.file_id = row.id,
                                      .parent = row.head_id,
                                      .source = "displaced",
                                      .sha256 = l->sha256,
                                      .body = l->text,
                                      .at_us = now_us};

        r = version_add(db, &v, &actor, &id, NULL, e);
    }
    return r < 0 ? r : 1;
}

static void visit(const struct leftover *l, void *arg)
{
    struct sweep *s = arg;
    struct arena arena = {0};
    int r = s->result;

    if (r == 0)
        r = db_begin(s->db, s->e);
    if (r == 0) {
        int may_go = keep_leftover(s->db, &arena, l, s->now_us, s->e);

        r = db_finish(s->db, true, may_go < 0 ? may_go : 0, s->e);
        if (r == 0 && may_go == 1 && unlinkat(l->dir_fd, l->name, 0) == 0)
            log_info(&ctx, "removed %s, left by a crash", l->name);
    }
    arena_release(&arena);
    s->result = r;
}

int store_file_sweep(struct db *db, int64_t now_us, struct error *e)
{
    struct sweep s = {.db = db, .now_us = now_us, .e = e};
    int r = db_lock_files(db, e);

    if (r < 0)
        return r;
    r = export_leftovers(db->groups_fd, now_us, visit, &s, e);
    if (r == 0)
        r = s.result;
    db_unlock_files(db);
    return r;
}
