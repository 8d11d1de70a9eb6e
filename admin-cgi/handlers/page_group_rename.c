#include "admin-cgi/handlers/page_group_rename.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/group_move.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/recordings/recording_move.h"
#include "admin-cgi/say.h"
#include "admin-cgi/store/store_rename.h"
#include "common/group_name.h"
#include "common/now.h"

#define REDIRECT_DAYS "30"
#define REDIRECT_DAYS_MAX 3650

static void show(struct request *req, struct response *res, struct app *app, struct form_view *v,
                 const struct group_record *group, const struct form *form, int status)
{
    struct group_query query = {.access = -1, .below = group->file.name, .limit = 1};
    struct group_page below = {0};

    if (store_group_list(app->db, req->arena, &query, &below, NULL) == 0)
        page_number(v->page, "n_below", below.total - 1);
    page_flag(v->page, "has_below", below.total > 1);
    page_text(v->page, "name", form ? form_text(form, "name") : group->file.name);
    page_text(v->page, "days", form ? form_text(form, "days") : REDIRECT_DAYS);
    page_flag(v->page, "leads", !form || form_has(form, "redirect"));
    page_flag(v->page, "below", !form || form_has(form, "below"));
    page_send(res, app, status, "group_rename", v->page);
}

void page_group_rename(struct request *req, struct response *res, struct app *app)
{
    struct group_record group;
    struct form_view v = {0};

    if (!group_view_load_clean(req, res, app, &group))
        return;
    v.page = group_view_page(req, res, app, &group, "rename", "Rename");
    show(req, res, app, &v, &group, NULL, 200);
}

/* ---- what was sent ---- */

static void read_order(struct request *req, struct form_view *v, const struct form *form,
                       const char *from, struct rename_order *out)
{
    const char *name = form_text(form, "name");
    struct error e = {0};
    uint64_t days = 0;

    *out = (struct rename_order){.from = from, .to = name, .with_below = form_has(form, "below")};
    if (group_name_check(span_str(name), &e) < 0)
        form_view_refused(v, "name", "This cannot be the name of a group: {reason}.", &e);
    else if (strcmp(name, from) == 0)
        form_view_problem(v, "name", "The group has this name already.");
    else if (out->with_below && group_name_is_below(span_str(name), span_str(from)))
        form_view_problem(v, "name", "The new name cannot lie below the old one.");
    if (!form_has(form, "redirect"))
        return;
    if (!span_u64(span_str(form_text(form, "days")), &days) || days < 1 || days > REDIRECT_DAYS_MAX)
        form_view_problem(v, "days", "Write a number of days, from 1 to %d.", REDIRECT_DAYS_MAX);
    else
        out->redirect_until_us = req->now_us + (int64_t)days * US_PER_DAY;
}

/* Both the old names and the new ones; and nobody records there now. */
static int check_order(struct request *req, struct app *app, struct form_view *v,
                       const struct rename_order *order, struct error *e)
{
    const char **names = NULL;
    size_t n = 0;
    int r = store_rename_names(app->db, req->arena, order, &names, &n, e);

    for (size_t i = 0; r == 0 && i < n && !form_view_has_problems(v); i++) {
        const char *to = store_rename_new_name(req->arena, order, names[i]);

        if (!to)
            return error_set(e, ERR_NO_MEMORY, NULL, "no memory for names");
        if (!principal_may(&req->who, names[i], CAP_EDIT) ||
            !principal_may(&req->who, to, CAP_CREATE | CAP_EDIT))
            form_view_problem(v, "name", "You may not rename %s to %s.", names[i], to);
        else if (group_name_check(span_str(to), NULL) < 0)
            form_view_problem(v, "name", "The name of %s would be too long.", names[i]);
        else if (recording_group_is_running(app->paths.recordings, names[i], req->now_us))
            form_view_problem(v, "name", "%s is being recorded. Wait until that has ended.",
                              names[i]);
    }
    if (r == ERR_TOO_LARGE) {
        form_view_problem(v, "below", "%s.", e->text);
        r = 0;
    }
    if (r == 0 && !form_view_has_problems(v) &&
        !principal_may(&req->who, order->from, CAP_CREATE)) {
        r = store_group_check_quota(app->db, req->arena, &req->who, order->to, e);
        if (r == ERR_FORBIDDEN) {
            form_view_problem(v, "name", "One more group: %s.", e->text);
            r = 0;
        }
    }
    return r;
}

static void done(struct request *req, struct response *res, struct app *app,
                 const struct rename_order *order, size_t n)
{
    struct error e = {0};
    bool all = group_move_finish(app, &e) == 0;

    page_done(req, res, app, page_group_path(req->arena, order->to, ""),
              say_with(req->arena,
                       all ? "{old} is called {new} now. Groups that were renamed: {count}."
                           : "{old} is called {new} now. Groups that were renamed: {count}. "
                             "Invitations and recordings follow in a moment.",
                       "old", order->from, "new", order->to, "count",
                       arena_printf(req->arena, "%zu", n), NULL),
              order->redirect_until_us ? page_group_path(req->arena, order->to, ".unrename")
                                       : NULL);
}

void page_group_rename_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"name", "below", "redirect", "days", NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct group_record group;
    struct rename_order order;
    struct form_view v = {0};
    struct form form;
    struct error e = {0};
    size_t n = 0;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor,
                      page_group_path(req->arena, form_text(&form, "name"), "")) ||
        !group_view_load_clean(req, res, app, &group))
        return;
    v.page = group_view_page(req, res, app, &group, "rename", "Error: rename");
    read_order(req, &v, &form, group.file.name, &order);
    r = form_view_has_problems(&v) ? 0 : check_order(req, app, &v, &order, &e);
    if (r == 0 && !form_view_has_problems(&v)) {
        r = store_rename(app->db, req->arena, &order, &actor, &n, &e);
        if (r == 0) {
            done(req, res, app, &order, n);
            return;
        }
    }
    if (form_came_second(req, res, app, &actor, r))
        return;
    if (r < 0 && err_http_status(r) >= 500) {
        group_view_failed(req, res, app, r, &e);
        return;
    }
    if (r < 0)
        form_view_refused(&v, "name", "Nothing was renamed: {reason}.", &e);
    show(req, res, app, &v, &group, &form, 422);
}

void page_group_unrename_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct form_view nothing = {0};
    struct group_record group;
    struct rename_order order;
    struct form form;
    struct error e = {0};
    size_t n = 0;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, "/admin/groups/") ||
        !group_view_load_clean(req, res, app, &group))
        return;
    r = store_rename_find(app->db, req->arena, group.file.name, &order, &e);
    nothing.page = arena_json(req->arena, json_object_new_object());
    if (r == 0)
        r = check_order(req, app, &nothing, &order, &e);
    if (r == 0 && form_view_has_problems(&nothing))
        r = error_set(&e, ERR_FORBIDDEN, NULL, "the rename cannot be taken back: %s",
                      form_view_problem_of(&nothing, "name"));
    if (r == 0)
        r = store_rename(app->db, req->arena, &order, &actor, &n, &e);
    if (form_came_second(req, res, app, &actor, r))
        return;
    if (r < 0)
        group_view_failed(req, res, app, r, &e);
    else
        done(req, res, app, &order, n);
}
