#include "admin-cgi/store/store_batch.h"

#include <stdlib.h>
#include <string.h>

#include "admin-cgi/store/db_statement.h"
#include "admin-cgi/store/store_file_many.h"

static const char sql_batch[] =
    "SELECT a.object, a.action = 'group.delete', a.version_before, a.version_after, v.body"
    " FROM audit a LEFT JOIN versions v ON v.id = a.version_before"
    " WHERE a.at = ?1 AND a.request_id = ?2 AND a.object_kind = 'group' AND a.result = 'ok'"
    " AND a.action IN ('group.delete', 'group.edit') ORDER BY a.object LIMIT 2000";

/* ---- there ---- */

struct one_edit {
    const struct batch_edit *edit;
    struct group_change change;
};

static int edit_text(struct group_text *g, const struct file_state *now, void *arg, struct error *e)
{
    const struct batch_edit *edit = ((struct one_edit *)arg)->edit;
    int r = 0;

    for (size_t i = 0; r == 0 && i < edit->n_changes; i++)
        r = group_text_set_field(g, edit->changes[i].name, edit->changes[i].value, e);
    if (r == 0 && edit->more)
        r = edit->more(g, now, edit->more_arg, e);
    return r == 0 && !file_exists(now) ? group_text_lay_out(g, e) : r;
}

int store_batch(struct db *db, const struct batch_edit *edits, size_t n, const struct actor *actor,
                bool for_good, struct batch_result *out, struct error *e)
{
    struct one_edit *all = calloc(n + 1, sizeof *all);
    struct file_change *files = calloc(n + 1, sizeof *files);
    int r = all && files ? 0 : error_set(e, ERR_NO_MEMORY, NULL, "no memory for so many groups");

    memset(out, 0, sizeof *out);
    for (size_t i = 0; r == 0 && i < n; i++) {
        all[i].edit = &edits[i];
        all[i].change =
            (struct group_change){.name = edits[i].name,
                                  .actor = actor,
                                  .action = edits[i].remove ? "group.delete" : "group.edit",
                                  .must_exist = !edits[i].may_create,
                                  .edit = edits[i].remove ? NULL : edit_text,
                                  .arg = &all[i]};
        files[i] = group_change_file(&all[i].change);
    }
    if (r == 0)
        r = for_good ? store_file_change_many(db, files, n, &out->failed, &out->n_changed, e)
                     : store_file_try_many(db, files, n, &out->failed, &out->n_changed, e);
    free(files);
    free(all);
    return r;
}

/* ---- and back ---- */

struct change_made {
    const char *name;
    bool removed;
    int64_t before_id, after_id;
    struct span before;
};

static void read_change(sqlite3_stmt *q, struct arena *a, void *row)
{
    struct change_made *out = row;

    out->name = db_column_text(q, 0, a);
    out->removed = db_column_int(q, 1) != 0;
    out->before_id = db_column_int(q, 2);
    out->after_id = db_column_int(q, 3);
    out->before = db_column_blob(q, 4, a);
}

static int find_batch(struct db *db, struct arena *a, int64_t at_us, const char *request_id,
                      struct db_rows *out, struct error *e)
{
    int r = db_all(db, a, SQL(sql_batch, db_int(at_us), db_text(request_id)), read_change,
                   sizeof(struct change_made), out, e);

    if (r == 0 && out->n == 0)
        r = error_set(e, ERR_NOT_FOUND, NULL, "there is nothing to take back");
    return r;
}

int store_batch_names(struct db *db, struct arena *a, int64_t at_us, const char *request_id,
                      const char ***out, size_t *n_out, struct error *e)
{
    struct db_rows rows = {0};
    int r = find_batch(db, a, at_us, request_id, &rows, e);
    const struct change_made *made = rows.items;
    const char **names;

    if (r < 0)
        return r;
    names = arena_array(a, rows.n, sizeof *names);
    if (!names)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for names");
    for (size_t i = 0; i < rows.n; i++)
        names[i] = made[i].name;
    *out = names;
    *n_out = rows.n;
    return 0;
}

static int check_untouched(const struct file_state *now, void *arg, struct error *e)
{
    const struct change_made *made = arg;
    bool is_as_left = made->removed ? !file_exists(now) && now->head_id == made->before_id
                                    : file_exists(now) && now->head_id == made->after_id;

    if (is_as_left)
        return 0;
    return error_set(e, ERR_PRECONDITION, NULL,
                     "the group %s was changed since; nothing was taken back", made->name);
}

static int make_before(struct buf *out, const struct file_state *now, void *arg, struct error *e)
{
    const struct change_made *made = arg;

    (void)now;
    (void)e;
    buf_add_span(out, made->before);
    return 0;
}

int store_batch_undo(struct db *db, struct arena *a, int64_t at_us, const char *request_id,
                     const struct actor *actor, size_t *n_out, struct error *e)
{
    struct db_rows rows = {0};
    int r = find_batch(db, a, at_us, request_id, &rows, e);
    struct change_made *made = rows.items;
    struct file_change *files = r == 0 ? arena_array(a, rows.n, sizeof *files) : NULL;
    size_t failed = 0;

    if (r == 0 && !files)
        r = error_set(e, ERR_NO_MEMORY, NULL, "no memory for so many groups");
    for (size_t i = 0; r == 0 && i < rows.n; i++)
        files[i] = (struct file_change){.kind = FILE_GROUP,
                                        .name = made[i].name,
                                        .actor = actor,
                                        .action = "group.undo",
                                        .remove = !made[i].removed && !made[i].before_id,
                                        .check = check_untouched,
                                        .make = make_before,
                                        .arg = &made[i]};
    return r < 0 ? r : store_file_change_many(db, files, rows.n, &failed, n_out, e);
}
