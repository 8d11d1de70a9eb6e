#include "admin-cgi/handlers/page_people_remove.h"

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/page_groups_bulk.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/store/store_batch.h"
#include "admin-cgi/store/store_group_list.h"

#define GROUPS_MAX 1000

struct removal {
    const char *user;
    struct batch_edit edits[GROUPS_MAX];
    size_t n;
    struct json_object *rows;
    bool has_more; /* than are done at once */
};

static int remove_user(struct group_text *g, const struct file_state *now, void *arg,
                       struct error *e)
{
    (void)now;
    return group_text_set_user(g, arg, NULL, NULL, e);
}

/* A row of the preview; where the user can be removed also an edit. */
static void add_group(struct request *req, struct app *app, struct removal *removal,
                      const char *name)
{
    struct json_object *row = page_row(removal->rows);
    const struct group_user *user = NULL;
    struct group_record group;

    page_text(row, "name", name);
    page_text(row, "path", page_group_path(req->arena, name, ""));
    if (!principal_may(&req->who, name, CAP_EDIT)) {
        page_text(row, "problem", say(req->arena, "you may not change it"));
        return;
    }
    if (store_group_get(app->db, req->arena, name, req->now_us, &group, NULL) == 0)
        user = group_desc_user(group.desc, span_str(removal->user));
    if (!user || file_is_unclean(&group.file) || group.file.status == FILE_READONLY) {
        page_text(row, "problem",
                  say(req->arena, "its file must be corrected by hand, or cannot be written"));
        return;
    }
    page_text(row, "role", group_view_role(req->arena, &user->permissions));
    removal->edits[removal->n++] =
        (struct batch_edit){.name = name, .more = remove_user, .more_arg = (void *)removal->user};
}

static int find_groups(struct request *req, struct app *app, struct removal *removal,
                       struct error *e)
{
    struct group_query query = {.user = removal->user, .access = -1, .limit = GROUPS_MAX};
    struct group_page found;
    int r;

    if (!*removal->user)
        return error_set(e, ERR_INVALID, "user", "write a user name");
    group_view_restrict(req, &query);
    r = store_group_list(app->db, req->arena, &query, &found, e);
    for (size_t i = 0; r == 0 && i < found.n_rows; i++)
        add_group(req, app, removal, found.rows[i].name);
    removal->has_more = r == 0 && found.next;
    if (r == 0 && found.n_rows == 0)
        r = error_set(e, ERR_NOT_FOUND, "user", "no group has such a user");
    return r;
}

static void carry_out(struct request *req, struct response *res, struct app *app,
                      const struct removal *removal, const struct actor *actor)
{
    struct batch_result result;
    struct error e = {0};
    int r = store_batch(app->db, removal->edits, removal->n, actor, true, &result, &e);

    if (form_came_second(req, res, app, actor, r))
        return;
    if (r < 0)
        group_view_failed(req, res, app, r, &e);
    else
        page_done(req, res, app, "/admin/people",
                  say_with(req->arena, "Removed from groups: {count}. The name was {user}.",
                           "count", arena_printf(req->arena, "%zu", result.n_changed), "user",
                           removal->user, NULL),
                  page_groups_undo_path(req));
}

void page_people_remove_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"user", "apply", NULL};
    struct removal *removal = arena_array(req->arena, 1, sizeof *removal);
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct json_object *page;
    struct form form;
    struct error e = {0};
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0)
        return;
    if (form_has(&form, "apply") && form_was_used(req, res, app, &form, &actor, "/admin/people"))
        return;
    page = page_new(req, res, app, "Remove somebody from all groups", "people");
    if (!removal) {
        page_send(res, app, 503, "people_remove", NULL);
        return;
    }
    removal->user = form_text(&form, "user");
    removal->rows = page_list(page, "groups");
    r = find_groups(req, app, removal, &e);
    if (r < 0) {
        group_view_failed(req, res, app, r, &e);
    } else if (form_has(&form, "apply") && removal->n) {
        carry_out(req, res, app, removal, &actor);
    } else {
        page_text(page, "user", removal->user);
        page_number(page, "n_groups", (int64_t)removal->n);
        page_flag(page, "has_edits", removal->n > 0);
        page_flag(page, "has_more", removal->has_more);
        page_send(res, app, 200, "people_remove", page);
    }
}
