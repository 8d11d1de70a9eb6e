#include "admin-cgi/handlers/page_group_delete.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/page_groups_bulk.h"
#include "admin-cgi/handlers/recording_change.h"
#include "admin-cgi/live_sample.h"
#include "admin-cgi/page.h"
#include "admin-cgi/recordings/recording_folder.h"
#include "admin-cgi/say.h"
#include "admin-cgi/store/store_batch.h"
#include "admin-cgi/store/store_group.h"
#include "admin-cgi/store/store_group_list.h"
#include "common/log.h"
#include "common/now.h"
#include "common/token_store_write.h"

#define DELETED_MAX 1000 /* at once: a page of store_group_list() */

static const struct log_ctx ctx = {.room = "groups"};

static void add_consequences(struct request *req, struct app *app, struct json_object *page,
                             const char *name)
{
    struct group_query query = {.access = -1, .below = name, .limit = 1};
    struct json_object *live = group_view_live(req, app, page, US_PER_S);
    struct json_object *group = live_sample_group(live, name);
    const struct token **tokens = NULL;
    struct group_page below;
    size_t n_tokens = 0;

    page_number(page, "people", json_object_get_int64(json_object_object_get(group, "members")));
    json_object_put(live);
    if (token_store_list(app->tokens, name, &tokens, &n_tokens, NULL) == 0)
        free(tokens);
    page_number(page, "n_tokens", (int64_t)n_tokens);
    page_flag(page, "keeps_recordings", recording_group_has_any(app->paths.recordings, name));
    page_flag(page, "may_delete_recordings", principal_may(&req->who, name, CAP_RECORD));
    if (store_group_list(app->db, req->arena, &query, &below, NULL) == 0) {
        page_number(page, "n_below", below.total - 1);
        page_flag(page, "has_below", below.total > 1);
    }
}

static void show(struct request *req, struct response *res, struct app *app, struct form_view *v,
                 const struct group_record *group)
{
    add_consequences(req, app, v->page, group->file.name);
    page_send(res, app, form_view_has_problems(v) ? 422 : 200, "group_delete", v->page);
}

void page_group_delete(struct request *req, struct response *res, struct app *app)
{
    struct group_record group;
    struct form_view v = {0};

    if (!group_view_load(req, res, app, &group))
        return;
    v.page = group_view_page(req, res, app, &group, "delete", "Delete");
    show(req, res, app, &v, &group);
}

/* ---- carrying it out ---- */

/* What goes: the group, and those below it where that was ticked. */
struct deletion {
    struct batch_edit edits[DELETED_MAX];
    size_t n;
};

static int find_groups(struct request *req, struct app *app, const char *name, bool with_below,
                       struct deletion *d, struct error *e)
{
    struct group_query query = {.access = -1, .below = name, .limit = DELETED_MAX};
    struct group_page found = {0};
    int r = 0;

    if (!with_below) {
        d->edits[d->n++] = (struct batch_edit){.name = name, .remove = true};
        return 0;
    }
    r = store_group_list(app->db, req->arena, &query, &found, e);
    if (r == 0 && found.next)
        return error_set(e, ERR_INVALID, NULL,
                         "there are more groups below it than can go at once");
    for (size_t i = 0; r == 0 && i < found.n_rows; i++) {
        if (!principal_may(&req->who, found.rows[i].name, CAP_EDIT))
            return error_set(e, ERR_FORBIDDEN, NULL, "you may not change the group %s",
                             found.rows[i].name);
        d->edits[d->n++] = (struct batch_edit){.name = found.rows[i].name, .remove = true};
    }
    return r;
}

static int delete_groups(struct app *app, struct deletion *d, bool with_below,
                         const struct actor *actor, struct error *e)
{
    struct batch_result batch;
    struct file_result one;

    return with_below ? store_batch(app->db, d->edits, d->n, actor, true, &batch, e)
                      : store_group_delete(app->db, d->edits[0].name, NULL, actor, &one, e);
}

/* Recordings go to their own trash. @return how many stay, as those that are being written */
static size_t delete_recordings(struct request *req, struct app *app, const char *group)
{
    const struct recording_change *change = recording_change_find("delete");
    int folder = principal_may(&req->who, group, CAP_RECORD)
                     ? recording_folder_open(app->paths.recordings, group)
                     : -1;
    struct recording *list = NULL;
    struct error e = {0};
    size_t n = 0, n_left = 0;

    if (folder < 0)
        return 0;
    if (recording_folder_list(folder, req->arena, &list, &n) < 0)
        n = 0;
    close(folder);
    for (size_t i = 0; i < n; i++)
        n_left += recording_change_do(req, app, change, group, list[i].name, &e) < 0;
    return n_left;
}

/* The group's invitations mean nothing without it. */
static void delete_tokens(struct app *app, const char *name)
{
    struct error e = {0};

    if (token_store_delete_group(app->tokens, name, &e) < 0)
        log_warn(&ctx, "invitations of a deleted group were not removed: %s", e.text);
}

void page_group_delete_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"name", "below", "recordings", NULL};
    struct deletion *gone = arena_array(req->arena, 1, sizeof *gone);
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct group_record group;
    struct form_view v = {0};
    struct form form;
    struct error e = {0};
    const char *name;
    size_t n_left = 0;
    bool with_below;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, "/admin/groups/") ||
        !group_view_load(req, res, app, &group))
        return;
    name = group.file.name;
    if (strcmp(form_text(&form, "name"), name) != 0) {
        v.page = group_view_page(req, res, app, &group, "delete", "Error: delete");
        page_flag(v.page, "below_ticked", form_has(&form, "below"));
        page_flag(v.page, "recordings_ticked", form_has(&form, "recordings"));
        form_view_problem(&v, "name", "Write the name of the group to delete it: %s", name);
        show(req, res, app, &v, &group);
        return;
    }
    with_below = form_has(&form, "below");
    r = gone ? find_groups(req, app, name, with_below, gone, &e) : ERR_NO_MEMORY;
    if (r == 0)
        r = delete_groups(app, gone, with_below, &actor, &e);
    if (form_came_second(req, res, app, &actor, r))
        return;
    if (r < 0) {
        group_view_failed(req, res, app, r, &e);
        return;
    }
    for (size_t i = 0; i < gone->n; i++) {
        delete_tokens(app, gone->edits[i].name);
        if (form_has(&form, "recordings"))
            n_left += delete_recordings(req, app, gone->edits[i].name);
    }
    page_done(
        req, res, app, "/admin/groups/",
        n_left ? say_with(req->arena,
                          "The group {group} was deleted. Recordings that could not be: "
                          "{count}.",
                          "group", name, "count", arena_printf(req->arena, "%zu", n_left), NULL)
               : say_with(req->arena, "The group {group} was deleted.", "group", name, NULL),
        with_below ? page_groups_undo_path(req) : page_group_path(req->arena, name, ".undelete"));
}

void page_group_undelete_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    const char *name = request_capture(req, "group");
    const char *path = page_group_path(req->arena, name, "");
    struct file_result result;
    struct form form;
    struct error e = {0};
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, path))
        return;
    r = store_group_undelete(app->db, name, &actor, &result, &e);
    if (r < 0)
        group_view_failed(req, res, app, r, &e);
    else
        page_done(req, res, app, path,
                  say_with(req->arena, "The group {group} is back, without its invitations.",
                           "group", name, NULL),
                  NULL);
}
