#include "admin-cgi/store/store_file.h"

#include <stdio.h>
#include <string.h>

#include "admin-cgi/export/disk.h"
#include "admin-cgi/export/exporter.h"
#include "admin-cgi/site/group_limits.h"
#include "admin-cgi/store/db_internal.h"
#include "admin-cgi/store/db_transaction.h"
#include "admin-cgi/store/group_index.h"
#include "admin-cgi/store/store_audit.h"
#include "admin-cgi/store/store_file_internal.h"
#include "admin-cgi/store/store_file_row.h"
#include "admin-cgi/store/store_file_sync.h"
#include "admin-cgi/store/store_form.h"
#include "common/json_scan.h"
#include "common/log.h"

static const struct log_ctx ctx = {.room = "files", .action = "saving"};

static void fill_state(struct file_state *out, const struct file_row *row)
{
    const char *sha256 = row->pending ? row->head_sha256 : row->disk_sha256;

    memset(out, 0, sizeof *out);
    out->id = row->id;
    out->kind = row->kind;
    out->name = row->name;
    out->status = row->id == 0 ? FILE_ABSENT : row->status;
    if (row->vanished)
        out->status = FILE_TRASHED;
    out->is_vanished = row->vanished;
    out->head_id = row->head_id;
    out->head_seq = row->head_seq;
    out->text = row->head_text;
    out->changed_us = row->head_at_us;
    if (row->status == FILE_TRASHED)
        out->deleted_us = row->since_us;
    out->problem = row->problem;
    out->problem_line = row->problem_line;
    out->problem_column = row->problem_column;
    if (file_exists(out) && sha256[0])
        snprintf(out->etag, sizeof out->etag, "\"%.32s\"", sha256);
}

/* Locks, a write transaction and the row brought up to date: what get and change begin with. */
static int open_row(struct db *db, struct arena *a, enum file_kind kind, const char *name,
                    int64_t now_us, struct file_row *row, struct error *e)
{
    int r = db_begin(db, e);

    if (r < 0)
        return r;
    r = file_row_find(db, a, kind, name, row, e);
    if (r == 0)
        r = file_sync(db, a, row, now_us, e);
    if (r < 0)
        db_rollback(db);
    return r;
}

static int get_slowly(struct db *db, struct arena *a, enum file_kind kind, const char *name,
                      int64_t now_us, struct file_row *row, struct error *e)
{
    bool locked = db->files_lock_fd >= 0; /* without: a read-only directory (WEB-33) */
    bool is_new = row->id == 0;
    int r = locked ? db_lock_files(db, e) : 0;

    if (r < 0)
        return r;
    if (is_new) /* after a crash the file is still there, and still new */
        db_relax(db, true);
    r = open_row(db, a, kind, name, now_us, row, e);
    if (r == 0) {
        if (row->touched)
            r = db_commit(db, e);
        else
            db_rollback(db);
    }
    if (is_new)
        db_relax(db, false);
    if (locked)
        db_unlock_files(db);
    return r;
}

/* A save is on its way to the disk right now: what it committed is the truth already (WEB-27), and
 * waiting for it would queue every reader behind every writer. Nobody at work with files: the save
 * was cut short, and is rolled forward. */
static bool is_being_saved(struct db *db, const struct file_row *row)
{
    if (!row->pending || !row->head_id || db->files_lock_fd < 0)
        return false;
    if (!db_try_lock_files(db))
        return true;
    db_unlock_files(db);
    return false;
}

int store_file_get(struct db *db, struct arena *a, enum file_kind kind, const char *name,
                   int64_t now_us, struct file_state *out, struct error *e)
{
    struct file_row row;
    struct disk_file disk;
    int root;
    const char *path = file_place(db, a, kind, name, &root);
    int r;

    if (!path)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for a file name");
    r = file_row_find(db, a, kind, name, &row, e);
    if (r < 0)
        return r;
    if (disk_look(root, path, &disk) < 0)
        return error_set_errno(e, name, "cannot look at the file");
    if (!file_row_is_current(&row, &disk) && !is_being_saved(db, &row)) {
        if (row.id && !row.pending && !disk.exists)
            row.vanished = row.status != FILE_TRASHED;
        else
            r = get_slowly(db, a, kind, name, now_us, &row, e);
    }
    if (r < 0)
        return r;
    row.name = arena_str(a, name);
    fill_state(out, &row);
    return a->bad ? error_set(e, ERR_NO_MEMORY, NULL, "no memory for a file") : 0;
}

int store_file_disk_text(struct db *db, struct arena *a, enum file_kind kind, const char *name,
                         int64_t now_us, struct span *out, struct error *e)
{
    struct disk_file disk = {0};
    int root;
    const char *path = file_place(db, a, kind, name, &root);
    char *copy = NULL;
    int r = path ? disk_read(root, path, MANAGED_FILE_MAX, now_us, &disk, e) : ERR_NO_MEMORY;

    if (r == 0 && (!disk.exists || disk.is_irregular))
        r = error_set(e, ERR_NOT_FOUND, NULL, "there is no such file");
    if (r == 0) {
        copy = arena_dup(a, buf_span(&disk.text));
        r = copy ? 0 : ERR_NO_MEMORY;
    }
    if (r == 0)
        *out = span_of(copy, disk.text.len);
    disk_file_release(&disk);
    return r;
}

/* ---- change ---- */

int saving_look(struct saving *s, struct error *e)
{
    const struct file_change *c = s->change;
    int r = file_row_find(s->db, &s->arena, c->kind, c->name, &s->row, e);

    fill_state(&s->before, &s->row);
    return r;
}

/* WEB-26 (2): the disk first. An import is committed by itself, whatever becomes of the change. */
static int begin_saving(struct saving *s, struct error *e)
{
    const struct file_change *c = s->change;
    int r = open_row(s->db, &s->arena, c->kind, c->name, c->actor->now_us, &s->row, e);

    if (r < 0)
        return r;
    if (s->row.touched) {
        r = db_commit(s->db, e);
        if (r == 0)
            r = db_begin(s->db, e);
        if (r < 0)
            return r;
    }
    if (s->row.unsettled)
        r = error_set(e, ERR_BUSY, NULL, "somebody is writing this file right now; try again");
    fill_state(&s->before, &s->row);
    if (r == 0)
        r = store_form_record(s->db, c->actor, e);
    return r;
}

int saving_check(struct saving *s, struct error *e)
{
    const struct file_change *c = s->change;
    int r = c->check ? c->check(&s->before, c->arg, e) : 0;

    if (r < 0)
        return r;
    if (!c->remove && (r = db_check_room(s->db, e)) < 0)
        return r;
    if (s->before.status == FILE_READONLY)
        return error_set(e, ERR_WRONG_STATE, NULL, "%s", s->row.problem);
    if (s->before.status == FILE_BROKEN && !c->replace_broken && !c->remove)
        return error_set(e, ERR_WRONG_STATE, NULL,
                         "the file does not parse (line %u column %u: %.100s); mend it first",
                         s->row.problem_line, s->row.problem_column, s->row.problem);
    return 0;
}

static int audit_saving(struct saving *s, struct error *e)
{
    const struct file_change *c = s->change;
    const struct audit_entry entry = {.action = c->action,
                                      .object_kind = file_kind_name(c->kind),
                                      .object = c->object ? c->object : c->name,
                                      .version_before = s->row.head_id,
                                      .version_after = s->version_id,
                                      .result = "ok"};

    return store_audit_add(s->db, c->actor, &entry, e);
}

int saving_record_row(struct saving *s, struct error *e)
{
    int64_t now_us = s->change->actor->now_us;
    int r = s->row.id == 0 ? file_row_create(s->db, &s->row, now_us, e) : 0;

    if (r == 0 && s->before.status == FILE_BROKEN)
        r = file_keep_broken(s->db, &s->arena, &s->row, now_us, e);
    return r;
}

int saving_record_text(struct saving *s, struct group_desc *desc, struct error *e)
{
    const struct file_change *c = s->change;
    int64_t now_us = c->actor->now_us;
    const struct version_new v = {.file_id = s->row.id,
                                  .parent = s->row.head_id,
                                  .source = "edit",
                                  .summary = c->summary ? c->summary : c->action,
                                  .sha256 = s->sha256,
                                  .body = buf_span(&s->text),
                                  .at_us = now_us};
    int r = version_add(s->db, &v, c->actor, &s->version_id, &s->seq, e);

    if (r == 0)
        r = audit_saving(s, e);
    if (r == 0 && s->row.vanished)
        s->row.disk_sha256[0] = '\0';
    if (r == 0)
        r = file_row_set_disk(s->db, &s->row, &s->row.stamp, s->row.disk_sha256, true, e);
    if (r == 0)
        r = file_row_set_head(s->db, &s->row, s->version_id, true, e);
    if (r == 0)
        r = file_row_set_status(s->db, &s->row, FILE_OK, NULL, now_us, e);
    if (r == 0 && desc)
        r = group_index_write(s->db, s->row.id, c->name, desc, now_us, e);
    return r;
}

/* WEB-26 (5) and (6): write beside, commit. */
static int commit_text(struct saving *s, struct group_desc *desc, struct error *e)
{
    const struct file_change *c = s->change;
    int root;
    const char *path = file_place(s->db, &s->arena, c->kind, c->name, &root);
    int r = path ? saving_record_row(s, e)
                 : error_set(e, ERR_NO_MEMORY, NULL, "no memory for a file name");

    if (r == 0)
        r = export_prepare(&s->job, root, path, buf_span(&s->text), s->row.id, e);
    if (r == 0)
        r = saving_record_text(s, desc, e);
    if (r == 0)
        r = db_commit(s->db, e);
    if (r < 0)
        export_abort(&s->job);
    return r;
}

/* WEB-26 (10): what a crash would find out again, so without waiting for the disk. */
static int settle(struct saving *s, const struct file_stamp *stamp, const char *sha256,
                  const struct displaced *displaced, struct error *e)
{
    int r;

    if (!displaced->found)
        db_relax(s->db, true);
    r = db_begin(s->db, e);
    if (r == 0) {
        if (displaced->found)
            r = file_keep_displaced(s->db, &s->row, displaced, s->change->actor->now_us, e);
        if (r == 0)
            r = file_row_settle(s->db, &s->row, stamp, sha256, e);
        r = db_finish(s->db, true, r, e);
    }
    if (!displaced->found)
        db_relax(s->db, false);
    return r;
}

/* WEB-26 (7) to (10). The change is committed: a failure here is the keeper's to roll forward, but
 * the caller must not be told of success before the file is in its place. Once it is, others may
 * go on: waiting for the disk needs no lock, and whoever finds the row pending settles it too. */
static int publish_text(struct saving *s, struct error *e)
{
    struct displaced displaced = {0};
    struct file_stamp stamp = {0};
    int r = export_exchange(&s->job, s->row.disk_sha256[0] != '\0', e);

    db_unlock_files(s->db);
    s->is_locked = false;
    if (r == 0)
        r = export_finish(&s->job, s->row.disk_sha256, &stamp, &displaced, e);
    if (r == 0 && settle(s, &stamp, s->sha256, &displaced, NULL) < 0)
        log_warn(&ctx, "%s: the file is written, its row will follow", s->change->name);
    displaced_release(&displaced);
    return r;
}

/* What the console and the API write is clean, whatever was there before. */
static int validate_clean(enum file_kind kind, struct span text, struct group_desc **desc,
                          struct error *e)
{
    struct json_object *json = NULL;
    int r = json_scan_parse(&json, text, &json_limits_file, e);

    json_object_put(json);
    return r < 0 ? r : file_validate(kind, text, desc, e);
}

int saving_make(struct saving *s, struct group_desc **desc, struct error *e)
{
    const struct file_change *c = s->change;
    int r = c->make(&s->text, &s->before, c->arg, e);

    if (r == 0)
        r = buf_check(&s->text);
    if (r == 0 && s->text.len > MANAGED_FILE_MAX)
        r = error_set(e, ERR_TOO_LARGE, NULL, "the file would have more than %d bytes",
                      MANAGED_FILE_MAX);
    if (r < 0)
        return r;
    if (s->before.status == FILE_OK && span_eq(buf_span(&s->text), s->before.text))
        return 0;
    r = validate_clean(c->kind, buf_span(&s->text), desc, e);
    if (r == 0 && c->kind == FILE_GROUP)
        r = group_limits_check_change(s->db, c->actor, *desc, s->before.text, e);
    if (r < 0)
        return r;
    sha256_hex(buf_span(&s->text), s->sha256);
    return 1;
}

static int save_text(struct saving *s, struct file_result *out, struct error *e)
{
    struct group_desc *desc = NULL;
    int r = saving_make(s, &desc, e);

    if (r < 0)
        return r;
    out->created = !file_exists(&s->before);
    if (r == 0) {
        snprintf(out->etag, sizeof out->etag, "%s", s->before.etag);
        out->version_id = s->row.head_id;
        out->seq = s->row.head_seq;
        return db_commit(s->db, e);
    }
    r = commit_text(s, desc, e);
    group_desc_unref(desc);
    if (r == 0)
        r = publish_text(s, e);
    if (r == 0) {
        snprintf(out->etag, sizeof out->etag, "\"%.32s\"", s->sha256);
        out->changed = true;
        out->version_id = s->version_id;
        out->seq = s->seq;
    }
    return r;
}

int saving_record_removal(struct saving *s, struct error *e)
{
    int64_t now_us = s->change->actor->now_us;
    int r = 0;

    if (!file_exists(&s->before))
        return error_set(e, ERR_NOT_FOUND, NULL, "there is no such file");
    if (s->before.status == FILE_BROKEN)
        r = file_keep_broken(s->db, &s->arena, &s->row, now_us, e);
    if (r == 0)
        r = audit_saving(s, e);
    if (r == 0)
        r = file_row_set_status(s->db, &s->row, FILE_TRASHED, NULL, now_us, e);
    if (r == 0)
        r = file_row_set_disk(s->db, &s->row, &s->row.stamp, s->row.disk_sha256, true, e);
    return r;
}

static int remove_file(struct saving *s, struct file_result *out, struct error *e)
{
    int64_t now_us = s->change->actor->now_us;
    int r = saving_record_removal(s, e);

    if (r == 0)
        r = db_commit(s->db, e);
    if (r < 0)
        return r;
    db_relax(s->db, true);
    r = db_begin(s->db, e);
    if (r == 0)
        r = db_finish(s->db, true, file_take_away(s->db, &s->arena, &s->row, now_us, e), e);
    db_relax(s->db, false);
    if (r == 0)
        out->changed = true;
    return r;
}

int store_file_change(struct db *db, const struct file_change *change, struct file_result *out,
                      struct error *e)
{
    struct saving s = {.db = db, .is_locked = true, .change = change, .job = {.dir_fd = -1}};
    struct file_result result = {0};
    int r = db_lock_files(db, e);

    if (r < 0)
        return r;
    r = begin_saving(&s, e);
    if (r == 0)
        r = saving_check(&s, e);
    if (r == 0)
        r = change->remove ? remove_file(&s, &result, e) : save_text(&s, &result, e);
    db_rollback(db); /* does nothing after a commit */
    if (s.is_locked)
        db_unlock_files(db);
    buf_release(&s.text);
    arena_release(&s.arena);
    if (r == 0 && out)
        *out = result;
    return r;
}
