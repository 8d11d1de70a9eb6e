#include "admin-cgi/store/store_server_file.h"

#include <string.h>

static const struct {
    const char *name, *action, *empty;
} files[] = {
    [FILE_CONFIG] = {"config", "config.edit", "{\n}\n"},
    [FILE_MEDIAD] = {MEDIAD_FILE_NAME, "mediad.edit", "{\n}\n"},
    [FILE_ICE] = {"ice-servers", "ice.edit", "[\n]\n"},
};

int store_server_file_get(struct db *db, struct arena *a, enum file_kind kind, int64_t now_us,
                          struct file_state *out, struct error *e)
{
    int r = store_file_get(db, a, kind, files[kind].name, now_us, out, e);

    out->kind = kind;
    return r;
}

const char *store_server_file_obstacle(const struct file_state *f)
{
    if (f->status == FILE_BROKEN || f->status == FILE_READONLY || file_is_unclean(f))
        return f->problem && f->problem[0] ? f->problem : "the file cannot be edited";
    return NULL;
}

struct span store_server_file_text(const struct file_state *f)
{
    return file_exists(f) && f->text.len ? f->text : span_str(files[f->kind].empty);
}

static int check(const struct file_state *now, void *arg, struct error *e)
{
    const struct server_file_change *change = arg;

    if (strcmp(file_exists(now) ? now->etag : "", change->seen) != 0)
        return error_set(e, ERR_PRECONDITION, NULL, "the file was changed meanwhile");
    if (store_server_file_obstacle(now))
        return error_set(e, ERR_WRONG_STATE, NULL, "%s", store_server_file_obstacle(now));
    return 0;
}

static int make(struct buf *out, const struct file_state *now, void *arg, struct error *e)
{
    const struct server_file_change *change = arg;
    struct file_state known = *now;

    known.kind = change->kind;
    return change->edit(out, store_server_file_text(&known), change->arg, e);
}

int store_server_file_change(struct db *db, const struct server_file_change *change,
                             struct file_result *out, struct error *e)
{
    struct server_file_change c = *change;
    const struct file_change file = {.kind = c.kind,
                                     .name = files[c.kind].name,
                                     .actor = c.actor,
                                     .action = files[c.kind].action,
                                     .check = check,
                                     .make = make,
                                     .arg = &c};

    return store_file_change(db, &file, out, e);
}
