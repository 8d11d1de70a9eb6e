#include "admin-cgi/backup/restore_groups.h"

#include <fcntl.h>
#include <unistd.h>

#include "admin-cgi/backup/backup_make.h"

static int apply_all(struct restore_groups *r, struct app *app, int folder,
                     const struct manifest *m, struct error *e)
{
    struct arena arena = {0};
    struct apply_plan plan = {0};
    int result = apply_plan_make(&plan, &arena, app, folder, m, true, r->actor->now_us, e);

    for (size_t i = 0; result == 0 && i < plan.n; i++) {
        struct apply_item *item = &plan.items[i];

        if (r->group && !span_eq_str(manifest_path_group(item->path), r->group))
            continue;
        result = archive_progress_tell(&r->items, (int64_t)i, (int64_t)plan.n, e);
        if (result < 0)
            break;
        result = apply_item(app, folder, item, r->actor, e);
        r->n_seen++;
        r->n_done += item->is_done;
        r->n_refused += item->outcome == APPLY_REFUSED;
        if (result == 0 && item->outcome != APPLY_EQUAL && r->tell)
            r->tell(item);
    }
    if (result == 0 && r->n_seen == 0)
        result = error_set(e, ERR_NOT_FOUND, r->group, "the backup has no such group");
    arena_release(&arena);
    return result;
}

int restore_keep_present(struct app *app, const struct backup_place *place, const char *name,
                         int64_t now_us, struct error *e)
{
    const struct backup_order keep = {.kind = BACKUP_EVERYTHING, .now_us = now_us};
    struct manifest m = {0};
    int r = 0;

    if (faccessat(place->folder, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
        r = backup_keep(place, app->db, &app->paths, &keep, name, &m, e);
    manifest_release(&m);
    return r;
}

int restore_groups(struct restore_groups *r, struct app *app, const struct backup_place *place,
                   struct error *e)
{
    struct backup_stage stage;
    struct manifest m = {0};
    int result = backup_stage_begin(&stage, place->path, BACKUP_STAGE, e);

    if (!r->before[0])
        backup_name_free(place, r->before, "before-restore", r->actor->now_us, false);
    if (result == 0)
        result = archive_unpack(r->fd, stage.folder, &m, r->passphrase, &r->progress, e);
    if (result == 0)
        result = restore_keep_present(app, place, r->before, r->actor->now_us, e);
    if (result == 0)
        result = apply_all(r, app, stage.folder, &m, e);
    backup_stage_end(&stage);
    manifest_release(&m);
    return result;
}
