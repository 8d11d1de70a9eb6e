#include "admin-cgi/handlers/page_group_delete.h"

#include <stdlib.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/live_sample.h"
#include "admin-cgi/page.h"
#include "admin-cgi/recordings/recording_folder.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_group.h"
#include "admin-cgi/store/store_group_list.h"
#include "common/log.h"
#include "common/now.h"
#include "common/token_store_write.h"

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
    if (store_group_list(app->db, req->arena, &query, &below, NULL) == 0)
        page_number(page, "n_below", below.total - 1);
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

/* The group's invitations mean nothing without it. */
static void delete_tokens(struct app *app, const char *name)
{
    struct error e = {0};

    if (token_store_delete_group(app->tokens, name, &e) < 0)
        log_warn(&ctx, "invitations of a deleted group were not removed: %s", e.text);
}

void page_group_delete_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"name", NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct group_record group;
    struct form_view v = {0};
    struct form form;
    struct file_result result;
    struct error e = {0};
    const char *name;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, "/admin/groups/") ||
        !group_view_load(req, res, app, &group))
        return;
    name = group.file.name;
    if (strcmp(form_text(&form, "name"), name) != 0) {
        v.page = group_view_page(req, res, app, &group, "delete", "Error: delete");
        form_view_problem(&v, "name", "Write the name of the group to delete it: %s", name);
        show(req, res, app, &v, &group);
        return;
    }
    r = store_group_delete(app->db, name, NULL, &actor, &result, &e);
    if (r < 0) {
        group_view_failed(req, res, app, r, &e);
        return;
    }
    delete_tokens(app, name);
    page_done(req, res, app, "/admin/groups/",
              say_with(req->arena, "The group {group} was deleted.", "group", name, NULL),
              page_group_path(req->arena, name, ".undelete"));
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
