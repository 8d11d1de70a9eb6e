/* Row and disk brought together: hand edits imported, pending exports rolled forward (WEB-27,
 * WEB-29). */
#include "admin-cgi/store/store_file_sync.h"

#include <stdio.h>
#include <string.h>

#include "admin-cgi/export/disk.h"
#include "admin-cgi/export/exporter.h"
#include "admin-cgi/store/db_internal.h"
#include "admin-cgi/store/db_statement.h"
#include "admin-cgi/store/group_index.h"
#include "admin-cgi/store/store_audit.h"
#include "admin-cgi/store/store_file_row.h"
#include "common/log.h"

static const struct log_ctx ctx = {.room = "files"};

static const char sql_same_inode[] =
    "SELECT name FROM files WHERE kind = ?1 AND ino = ?2 AND disk_sha256 = ?3"
    " AND state <> 'trashed' AND name <> ?4";

static struct actor file_actor(struct arena *a, unsigned uid, int64_t now_us)
{
    const char *name = arena_printf(a, "uid %u", uid);

    return (struct actor){.kind = ACTOR_FILE, .name = name ? name : "", .now_us = now_us};
}

bool file_row_is_current(const struct file_row *row, const struct disk_file *disk)
{
    if (row->pending)
        return false;
    if (row->status == FILE_ABSENT || row->status == FILE_TRASHED)
        return !disk->exists;
    return disk->exists && file_stamp_eq(&row->stamp, &disk->stamp);
}

int file_keep_displaced(struct db *db, struct file_row *row, const struct displaced *d,
                        int64_t now_us, struct error *e)
{
    char sha256[SHA256_HEX_SIZE], uid[24];
    struct actor actor = {.kind = ACTOR_FILE, .name = uid, .now_us = now_us};
    struct version_new v = {.file_id = row->id,
                            .parent = row->head_id,
                            .source = "displaced",
                            .sha256 = sha256,
                            .body = buf_span(&d->text),
                            .at_us = d->mtime_us};
    int64_t id = 0;
    int r;

    snprintf(uid, sizeof uid, "uid %u", d->uid);
    sha256_hex(v.body, sha256);
    r = version_find(db, row->id, sha256, &id, NULL, e);
    if (r == 0 && id == 0)
        r = version_add(db, &v, &actor, &id, NULL, e);
    if (r == 0)
        r = conflict_add(db, row->id, id, "displaced", now_us, e);
    if (r == 0)
        log_warn(&ctx, "%s %s: a hand edit came in the middle of a save; it is kept as a version",
                 file_kind_name(row->kind), row->name);
    return r;
}

/* The row's head goes (again) to the file; the row is then no more pending. */
static int file_export(struct db *db, struct arena *a, struct file_row *row, int64_t now_us,
                       struct error *e)
{
    struct export_job job;
    struct displaced displaced = {0};
    struct file_stamp stamp = {0};
    int root;
    const char *path = file_place(db, a, row->kind, row->name, &root);
    int r;

    if (!path)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for a file name");
    r = export_prepare(&job, root, path, row->head_text, row->id, e);
    if (r < 0)
        return r;
    r = export_exchange(&job, row->disk_sha256[0] != '\0', e);
    if (r == 0)
        r = export_finish(&job, row->disk_sha256, &stamp, &displaced, e);
    if (r == 0 && displaced.found)
        r = file_keep_displaced(db, row, &displaced, now_us, e);
    if (r == 0)
        r = file_row_set_disk(db, row, &stamp, row->head_sha256, false, e);
    row->touched = true;
    displaced_release(&displaced);
    return r;
}

int file_take_away(struct db *db, struct arena *a, struct file_row *row, int64_t now_us,
                   struct error *e)
{
    struct displaced displaced = {0};
    struct file_stamp none = {0};
    int root;
    const char *path = file_place(db, a, row->kind, row->name, &root);
    int r;

    if (!path)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for a file name");
    r = export_remove(root, path, row->id, row->disk_sha256, &displaced, e);
    if (r == 0 && displaced.found)
        r = file_keep_displaced(db, row, &displaced, now_us, e);
    if (r == 0)
        r = file_row_set_disk(db, row, &none, "", false, e);
    row->touched = true;
    displaced_release(&displaced);
    return r;
}

int file_keep_broken(struct db *db, struct arena *a, struct file_row *row, int64_t now_us,
                     struct error *e)
{
    struct disk_file disk = {0};
    int root;
    const char *path = file_place(db, a, row->kind, row->name, &root);
    int64_t id = 0;
    int r;

    if (!path)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for a file name");
    r = disk_read(root, path, MANAGED_FILE_MAX, now_us, &disk, e);
    if (r == 0 && disk.exists && !disk.is_irregular)
        r = version_find(db, row->id, disk.sha256, &id, NULL, e);
    if (r == 0 && id == 0 && disk.exists && !disk.is_irregular) {
        struct actor actor = file_actor(a, disk.uid, now_us);
        struct version_new v = {.file_id = row->id,
                                .parent = row->head_id,
                                .source = "broken",
                                .sha256 = disk.sha256,
                                .body = buf_span(&disk.text),
                                .at_us = disk.mtime_us};

        r = version_add(db, &v, &actor, &id, NULL, e);
    }
    disk_file_release(&disk);
    return r;
}

/* Why a file is shown and not written (WEB-30); false: it is an ordinary one. */
static bool is_foreign(const struct disk_file *disk, struct error *why)
{
    if (disk->is_link)
        error_set(why, ERR_WRONG_STATE, NULL, "this is a symbolic link; edit the file it names");
    else if (disk->is_irregular)
        error_set(why, ERR_WRONG_STATE, NULL, "this is not a regular file");
    else if (disk->is_hard_linked)
        error_set(why, ERR_WRONG_STATE, NULL, "this file has several names (hard links)");
    else
        return false;
    return true;
}

/* The state of a file that could be read: one that is not ours to write is shown only, and what is
 * wrong with an unclean text is kept as the problem of a file in good state. */
static int set_readable(struct db *db, struct file_row *row, const struct disk_file *disk,
                        const struct group_desc *desc, int64_t now_us, struct error *e)
{
    struct error why = {0};

    if (is_foreign(disk, &why))
        return file_row_set_status(db, row, FILE_READONLY, &why, now_us, e);
    if (desc && desc->is_unclean) {
        const struct group_warning *w = &desc->warnings[0];
        char place[48];

        snprintf(place, sizeof place, "line %u column %u", w->line, w->column);
        error_set(&why, ERR_SYNTAX, place, "%s", w->text);
    }
    return file_row_set_status(db, row, FILE_OK, why.code ? &why : NULL, now_us, e);
}

static int audit_import(struct db *db, const struct file_row *row, const struct actor *actor,
                        const char *action, int64_t before, int64_t after, struct error *e)
{
    const struct audit_entry entry = {.action = action,
                                      .object_kind = file_kind_name(row->kind),
                                      .object = row->name,
                                      .version_before = before,
                                      .version_after = after,
                                      .result = "ok"};

    return store_audit_add(db, actor, &entry, e);
}

static int import_good(struct db *db, struct arena *a, struct file_row *row,
                       const struct disk_file *disk, const struct group_desc *desc, int64_t now_us,
                       struct error *e)
{
    struct actor actor = file_actor(a, disk->uid, now_us);
    struct version_new v = {.file_id = row->id,
                            .parent = row->head_id,
                            .source = "import",
                            .sha256 = disk->sha256,
                            .body = buf_span(&disk->text),
                            .at_us = now_us};
    int64_t before = row->head_id, id = 0;
    int r = version_add(db, &v, &actor, &id, NULL, e);

    if (r == 0 && row->pending && row->status != FILE_TRASHED && before)
        r = conflict_add(db, row->id, before, "overwritten", now_us, e);
    if (r == 0)
        r = file_row_set_head(db, row, id, false, e);
    if (r == 0)
        r = file_row_set_disk(db, row, &disk->stamp, disk->sha256, false, e);
    if (r == 0)
        r = set_readable(db, row, disk, desc, now_us, e);
    if (r == 0 && desc)
        r = group_index_write(db, row->id, row->name, desc, now_us, e);
    if (r == 0)
        r = audit_import(db, row, &actor, "file.import", before, id, e);
    if (r == 0)
        log_info(&ctx, "%s %s: imported from its file", file_kind_name(row->kind), row->name);
    return r;
}

static int import_bad(struct db *db, struct file_row *row, const struct disk_file *disk,
                      const struct error *problem, int64_t now_us, struct error *e)
{
    int r = file_row_set_disk(db, row, &disk->stamp, disk->sha256, false, e);

    if (r == 0)
        r = file_row_set_status(db, row, FILE_BROKEN, problem, now_us, e);
    if (r == 0)
        log_error(&ctx, "%s %s: %s%s%s", file_kind_name(row->kind), row->name, problem->place,
                  problem->place[0] ? ": " : "", problem->text);
    return r;
}

/* The file holds something that the row does not know. */
static int import(struct db *db, struct arena *a, struct file_row *row,
                  const struct disk_file *disk, const struct error *unreadable, int64_t now_us,
                  struct error *e)
{
    struct group_desc *desc = NULL;
    struct error problem = {0};
    int r = 0, verdict;

    if (unreadable->code)
        problem = *unreadable;
    else if (disk->is_irregular)
        (void)is_foreign(disk, &problem);
    verdict = problem.code;
    if (verdict == 0)
        verdict = file_validate(row->kind, buf_span(&disk->text), &desc, &problem);
    if (verdict == ERR_NO_MEMORY)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for a file");
    if (verdict < 0 && !unreadable->code && !disk->is_irregular && !disk->is_settled) {
        row->unsettled = true; /* the keeper looks again in a moment */
        return 0;
    }
    row->touched = true;
    if (row->id == 0)
        r = file_row_create(db, row, now_us, e);
    if (r == 0)
        r = verdict < 0 ? import_bad(db, row, disk, &problem, now_us, e)
                        : import_good(db, a, row, disk, desc, now_us, e);
    group_desc_unref(desc);
    return r;
}

/* The same inode with the same bytes under a new name: the history follows. */
static int follow_rename(struct db *db, struct arena *a, struct file_row *row,
                         const struct disk_file *disk, int64_t now_us, struct error *e)
{
    const char *name = row->name;
    const char *old_name = NULL;
    struct group_desc *desc = NULL;
    struct disk_file old = {0};
    int root, r;

    r = db_one(db, a,
               SQL(sql_same_inode, db_text(file_kind_name(row->kind)),
                   db_int((int64_t)disk->stamp.ino), db_text(disk->sha256), db_text(name)),
               db_read_text, &old_name, e);
    if (r <= 0)
        return r;
    if (disk_look(db->groups_fd, file_place(db, a, row->kind, old_name, &root), &old) < 0 ||
        old.exists)
        return 0;
    r = file_row_find(db, a, row->kind, old_name, row, e);
    if (r == 0)
        r = file_row_rename(db, row, name, e);
    row->name = name;
    if (r == 0 && row->head_text.len && file_validate(row->kind, row->head_text, &desc, NULL) == 0)
        r = group_index_write(db, row->id, name, desc, row->head_at_us, e);
    group_desc_unref(desc);
    if (r == 0) {
        struct actor actor = file_actor(a, disk->uid, now_us);

        row->touched = true;
        log_info(&ctx, "group %s: its file was renamed to %s", old_name, name);
        r = audit_import(db, row, &actor, "file.rename", row->head_id, row->head_id, e);
    }
    return r;
}

static int sync_absent(struct db *db, struct arena *a, struct file_row *row, int64_t now_us,
                       struct error *e)
{
    struct file_stamp none = {0};

    if (row->id == 0)
        return 0;
    if (row->pending && row->status == FILE_TRASHED) {
        row->touched = true;
        return file_row_set_disk(db, row, &none, "", false, e);
    }
    if (row->pending && row->head_id) {
        row->disk_sha256[0] = '\0';
        return file_export(db, a, row, now_us, e);
    }
    row->vanished = row->status != FILE_TRASHED;
    return 0;
}

/* The disk holds the head's bytes; only the stamp or the kind of file may be new. */
static int sync_known(struct db *db, struct file_row *row, const struct disk_file *disk,
                      int64_t now_us, struct error *e)
{
    struct group_desc *desc = NULL;
    int r = file_validate(row->kind, buf_span(&disk->text), &desc, NULL);

    row->touched = true;
    if (r != ERR_NO_MEMORY)
        r = file_row_set_disk(db, row, &disk->stamp, disk->sha256, false, e);
    if (r == 0)
        r = set_readable(db, row, disk, desc, now_us, e);
    group_desc_unref(desc);
    return r;
}

static int sync_present(struct db *db, struct arena *a, struct file_row *row,
                        const struct disk_file *disk, const struct error *unreadable,
                        int64_t now_us, struct error *e)
{
    struct error why = {0};
    bool foreign = is_foreign(disk, &why);
    bool is_head = row->head_id && disk->sha256[0] && strcmp(disk->sha256, row->head_sha256) == 0;
    bool is_known = disk->sha256[0] && strcmp(disk->sha256, row->disk_sha256) == 0;

    if (row->pending && row->status == FILE_TRASHED && (is_head || is_known) && !foreign)
        return file_take_away(db, a, row, now_us, e);
    if (is_head && !disk->is_irregular)
        return sync_known(db, row, disk, now_us, e);
    if (row->pending && is_known && !foreign)
        return file_export(db, a, row, now_us, e);
    return import(db, a, row, disk, unreadable, now_us, e);
}

int file_sync(struct db *db, struct arena *a, struct file_row *row, int64_t now_us, struct error *e)
{
    struct disk_file disk = {0};
    struct error unreadable = {0};
    int root;
    const char *path = file_place(db, a, row->kind, row->name, &root);
    int r;

    if (!path)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for a file name");
    r = disk_look(root, path, &disk);
    if (r == 0 && file_row_is_current(row, &disk)) {
        disk_file_release(&disk);
        return 0;
    }
    r = disk_read(root, path, MANAGED_FILE_MAX, now_us, &disk, &unreadable);
    if (r == ERR_NO_MEMORY) {
        disk_file_release(&disk);
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for a file");
    }
    if (r == ERR_NOT_FOUND) { /* gone between look and read */
        disk.exists = false;
        unreadable.code = 0;
    }
    r = 0;
    if (disk.exists && row->id == 0 && !unreadable.code && !disk.is_irregular)
        r = follow_rename(db, a, row, &disk, now_us, e);
    if (r == 0)
        r = disk.exists ? sync_present(db, a, row, &disk, &unreadable, now_us, e)
                        : sync_absent(db, a, row, now_us, e);
    disk_file_release(&disk);
    if (r == 0 && row->touched) {
        bool vanished = row->vanished, unsettled = row->unsettled;

        r = file_row_find(db, a, row->kind, row->name, row, e);
        row->touched = true;
        row->vanished = vanished;
        row->unsettled = unsettled;
    }
    return r;
}
