#include "admin-cgi/backup/backup_apply.h"

#include <string.h>
#include <unistd.h>

#include "admin-cgi/export/disk.h"
#include "admin-cgi/store/store_file.h"
#include "common/group_desc.h"
#include "common/ice_servers.h"

const char *apply_outcome_name(enum apply_outcome outcome)
{
    static const char *const names[] = {"new", "equal", "differs", "refused"};

    return names[outcome];
}

/* Which managed file a path is. @return false: none */
static bool managed_file(struct arena *a, const char *path, enum file_kind *kind, const char **name)
{
    struct span group = manifest_path_group(path);

    if (group.len) {
        *kind = FILE_GROUP;
        *name = arena_dup(a, group);
        return *name != NULL;
    }
    if (strcmp(path, "data/config.json") == 0) {
        *kind = FILE_CONFIG;
        *name = "config";
        return true;
    }
    if (strcmp(path, "data/ice-servers.json") == 0) {
        *kind = FILE_ICE;
        *name = "ice-servers";
        return true;
    }
    return false;
}

static int read_text(struct disk_file *out, int folder, const char *path, struct error *e)
{
    int r = disk_read(folder, path, GROUP_FILE_MAX, 0, out, e);

    if (r == 0 && (!out->exists || out->is_irregular || out->is_link))
        r = error_set(e, ERR_INVALID, NULL, "it is no plain file");
    return r;
}

/* Groups are read as mediad reads them. */
static int check_text(enum file_kind kind, struct span text, struct error *e)
{
    struct group_desc *desc = NULL;
    int r = 0;

    if (kind == FILE_GROUP) {
        r = group_desc_parse(&desc, text, e);
        group_desc_unref(desc);
    }
    return r;
}

static void refuse(struct apply_item *item, struct arena *a, const struct error *e)
{
    char line[400];

    item->outcome = APPLY_REFUSED;
    item->reason = arena_str(a, error_describe(e, line, sizeof line));
    if (!item->reason)
        item->reason = "";
}

/* @return 0, or what keeps us from finding out */
static int judge(struct apply_item *item, struct arena *a, struct app *app, int folder,
                 enum file_kind kind, const char *name, int64_t now_us, struct error *e)
{
    struct file_state now;
    struct disk_file file = {0};
    struct error why = {0};
    int r = read_text(&file, folder, item->path, &why);

    item->reason = "";
    if (r == 0)
        r = check_text(kind, buf_span(&file.text), &why);
    if (r < 0) {
        refuse(item, a, &why);
        disk_file_release(&file);
        return r == ERR_NO_MEMORY ? r : 0;
    }
    r = store_file_get(app->db, a, kind, name, now_us, &now, e);
    if (r == 0 && (now.status == FILE_BROKEN || now.status == FILE_READONLY)) {
        (void)!error_set(&why, ERR_WRONG_STATE, NULL, "%s",
                         now.status == FILE_BROKEN
                             ? "the file here is damaged, and is not written over"
                             : "the file here is read-only");
        refuse(item, a, &why);
    } else if (r == 0 && !file_exists(&now)) {
        item->outcome = APPLY_NEW;
    } else if (r == 0) {
        item->outcome = span_eq(now.text, buf_span(&file.text)) ? APPLY_EQUAL : APPLY_DIFFERS;
    }
    disk_file_release(&file);
    return r;
}

int apply_plan_make(struct apply_plan *out, struct arena *a, struct app *app, int folder,
                    const struct manifest *m, bool groups_only, int64_t now_us, struct error *e)
{
    *out = (struct apply_plan){.arena = a,
                               .items = arena_array(a, m->n_files + 1, sizeof *out->items)};
    if (!out->items)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for the report");
    for (size_t i = 0; i < m->n_files; i++) {
        struct apply_item *item = &out->items[out->n];
        enum file_kind kind;
        const char *name;
        int r;

        if (!managed_file(a, m->files[i].path, &kind, &name) || (groups_only && kind != FILE_GROUP))
            continue;
        item->path = m->files[i].path;
        r = judge(item, a, app, folder, kind, name, now_us, e);
        if (r < 0)
            return r;
        out->n_outcomes[item->outcome]++;
        out->n++;
    }
    return a->bad ? error_set(e, ERR_NO_MEMORY, NULL, "no memory for the report") : 0;
}

static int give_text(struct buf *out, const struct file_state *now, void *arg, struct error *e)
{
    const struct disk_file *file = arg;

    (void)now;
    (void)e;
    buf_add_span(out, buf_span(&file->text));
    return buf_check(out);
}

int apply_item(struct app *app, int folder, struct apply_item *item, const struct actor *actor,
               struct error *e)
{
    struct arena a = {0};
    struct disk_file file = {0};
    struct file_change change = {.actor = actor,
                                 .action = "backup.apply",
                                 .summary = "from a backup",
                                 .make = give_text,
                                 .arg = &file};
    struct file_result result;
    int r;

    if (item->outcome != APPLY_NEW && item->outcome != APPLY_DIFFERS)
        return 0;
    if (!managed_file(&a, item->path, &change.kind, &change.name)) {
        arena_release(&a);
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for a name");
    }
    r = read_text(&file, folder, item->path, e);
    if (r == 0)
        r = store_file_change(app->db, &change, &result, e);
    item->is_done = r == 0;
    disk_file_release(&file);
    arena_release(&a);
    return r;
}
