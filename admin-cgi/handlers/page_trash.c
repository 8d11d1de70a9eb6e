#include "admin-cgi/handlers/page_trash.h"

#include <stdlib.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/recording_change.h"
#include "admin-cgi/handlers/recording_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/recordings/recording_shelf.h"
#include "admin-cgi/say.h"
#include "admin-cgi/site/site_value.h"
#include "admin-cgi/store/store_deleted.h"

#define TRASH_PATH "/admin/trash"
#define ROWS_MAX 200
#define DAY_S (24 * 3600)

/** One row of the list, of either kind. */
struct trashed {
    int64_t deleted_us;
    const struct shelf_entry *recording; /* NULL: it is a group */
    const struct deleted_group *group;
};

static int deleted_last_first(const void *a, const void *b)
{
    const struct trashed *x = a, *y = b;

    return (x->deleted_us < y->deleted_us) - (x->deleted_us > y->deleted_us);
}

/* ---- rows ---- */

static void add_group(struct request *req, struct json_object *row, const struct deleted_group *g,
                      int64_t kept_us)
{
    page_flag(row, "is_group", true);
    page_text(row, "name", g->name);
    page_text(row, "display_name", g->display_name[0] ? g->display_name : NULL);
    page_text(row, "by", g->by[0] ? g->by : NULL);
    page_number(row, "n_versions", g->n_versions);
    page_time(row, "deleted_at", g->deleted_us);
    page_time(row, "until", kept_us && g->deleted_us ? g->deleted_us + kept_us : 0);
    page_text(row, "restore", page_group_path(req->arena, g->name, ".undelete"));
    page_flag(row, "may_change", principal_may(&req->who, g->name, CAP_EDIT));
}

static void add_recording(struct request *req, struct json_object *row, const struct shelf_entry *r)
{
    recording_view_deleted_row(req->arena, row, &r->file, r->group);
    page_flag(row, "is_group", false);
    page_flag(row, "may_change", true); /* the shelf has no others */
}

static int read_groups(struct request *req, struct app *app, struct deleted_group **out,
                       size_t *n_out, struct error *e)
{
    struct deleted_query query = {.search = "", .after = "", .limit = ROWS_MAX};
    struct group_query allowed = {0};

    group_view_restrict(req, &allowed);
    query.scopes = allowed.scopes;
    query.n_scopes = allowed.n_scopes;
    return store_deleted_list(app->db, req->arena, &query, out, n_out, e);
}

static int add_rows(struct request *req, struct app *app, struct json_object *page, struct error *e)
{
    const struct shelf_query query = {.who = &req->who, .group = "", .person = ""};
    int64_t kept_us = site_time_us(app->db, SITE_KEEP_DELETED, DAY_S);
    struct json_object *list = page_list(page, "rows");
    struct deleted_group *groups = NULL;
    struct trashed *all;
    struct shelf shelf;
    size_t n_groups = 0, n = 0;
    int r = read_groups(req, app, &groups, &n_groups, e);

    if (r == 0)
        r = recording_shelf_read(&shelf, req->arena, app->paths.recordings, &query);
    if (r < 0)
        return r;
    all = arena_array(req->arena, n_groups + shelf.n_deleted + 1, sizeof *all);
    if (!all)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < n_groups; i++)
        all[n++] = (struct trashed){.deleted_us = groups[i].deleted_us, .group = &groups[i]};
    for (size_t i = 0; i < shelf.n_deleted; i++)
        all[n++] = (struct trashed){.deleted_us = shelf.deleted[i].file.deleted_us,
                                    .recording = &shelf.deleted[i]};
    qsort(all, n, sizeof *all, deleted_last_first);
    for (size_t i = 0; i < n && i < ROWS_MAX; i++) {
        if (all[i].group)
            add_group(req, page_row(list), all[i].group, kept_us);
        else
            add_recording(req, page_row(list), all[i].recording);
    }
    page_flag(page, "has_rows", n > 0);
    page_flag(page, "has_more", n > ROWS_MAX || n_groups == ROWS_MAX);
    page_number(page, "n_shown", ROWS_MAX);
    return 0;
}

void page_trash(struct request *req, struct response *res, struct app *app)
{
    struct json_object *page = page_new(req, res, app, "Trash", "trash");
    struct error e = {0};
    int r = add_rows(req, app, page, &e);

    page_text(page, "change_path", TRASH_PATH);
    if (r < 0)
        group_view_failed(req, res, app, r, &e);
    else
        page_send(res, app, 200, "trash", page);
}

/* ---- changes ---- */

static int may_change(struct request *req, const char *group, unsigned cap, struct error *e)
{
    return principal_may(&req->who, group, cap)
               ? 0
               : error_set(e, ERR_FORBIDDEN, NULL, "this needs another right in that group");
}

static int change_recording(struct request *req, struct app *app, const struct form *form,
                            const struct actor *actor, const char **done, struct error *e)
{
    const struct recording_change *change = recording_change_find(form_text(form, "q"));
    const char *group = form_text(form, "group");
    int r = change && strcmp(change->word, "delete") != 0
                ? may_change(req, group, CAP_RECORD, e)
                : error_set(e, ERR_INVALID, "q", "there is no such action");

    (void)actor;
    if (r < 0)
        return r;
    *done = change->done;
    return recording_change_do(req, app, change, group, form_text(form, "filename"), e);
}

void page_trash_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"q", "group", "filename", NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    const char *done = TEXT("The group is deleted for good.");
    struct form form;
    struct error e = {0};
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, TRASH_PATH))
        return;
    if (strcmp(form_text(&form, "q"), "purge-group") == 0) {
        r = may_change(req, form_text(&form, "group"), CAP_EDIT, &e);
        if (r == 0)
            r = store_deleted_purge(app->db, form_text(&form, "group"), &actor, &e);
    } else {
        r = change_recording(req, app, &form, &actor, &done, &e);
    }
    group_view_answer(req, res, app, &actor, r, &e, TRASH_PATH, done);
}
