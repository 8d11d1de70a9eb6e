#include "admin-cgi/backup/import_files.h"

#include "admin-cgi/backup/foreign_archive.h"
#include "admin-cgi/backup/restore_groups.h"

bool import_is_chosen(const struct import_files *order, const struct apply_item *item)
{
    struct span rest = order->named, line;

    if (item->outcome != APPLY_NEW && item->outcome != APPLY_DIFFERS)
        return false;
    if (order->choice != IMPORT_NAMED)
        return order->choice == IMPORT_ALL || item->outcome == APPLY_NEW;
    while (span_split(&rest, '\n', &line)) {
        if (span_eq_str(line, item->path))
            return true;
    }
    return false;
}

/* A file that cannot be taken does not keep the others out: the result says how many were not. */
static int import_item(struct import_files *order, struct app *app, int folder,
                       struct apply_item *item, struct error *e)
{
    struct error why = {0};
    int r = apply_item(app, folder, item, order->actor, &why);

    order->n_done += item->is_done;
    if (r == ERR_INVALID || r == ERR_SYNTAX || r == ERR_WRONG_STATE) {
        order->n_refused++;
        return 0;
    }
    if (r < 0)
        *e = why;
    return r;
}

static int import_items(struct import_files *order, struct app *app, int folder,
                        const struct manifest *m, struct error *e)
{
    struct arena arena = {0};
    struct apply_plan plan = {0};
    int r = apply_plan_make(&plan, &arena, app, folder, m, false, order->actor->now_us, e);

    for (size_t i = 0; r == 0 && i < plan.n; i++) {
        r = archive_progress_tell(&order->progress, (int64_t)i, (int64_t)plan.n, e);
        if (r == 0 && import_is_chosen(order, &plan.items[i])) {
            order->n_seen++;
            r = import_item(order, app, folder, &plan.items[i], e);
        }
    }
    arena_release(&arena);
    return r;
}

int import_files(struct import_files *order, struct app *app, const struct backup_place *place,
                 struct error *e)
{
    const struct foreign_limits limits = {IMPORT_TAKEN_MAX, IMPORT_PASSED_MAX};
    struct backup_stage stage;
    struct manifest m = {0};
    int r = backup_stage_begin(&stage, place->path, BACKUP_STAGE, e);

    if (r == 0)
        r = foreign_unpack(order->fd, stage.folder, &m, &limits, e);
    if (r == 0)
        r = restore_keep_present(app, place, order->before, order->actor->now_us, e);
    if (r == 0)
        r = import_items(order, app, stage.folder, &m, e);
    backup_stage_end(&stage);
    manifest_release(&m);
    return r;
}
