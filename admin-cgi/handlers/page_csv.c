#include "admin-cgi/handlers/page_csv.h"

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_csv.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/page_groups_bulk.h"
#include "admin-cgi/handlers/user_csv.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"

/* What both kinds of table share on their way through a page. */
struct import {
    struct form form;
    struct actor actor;
    struct json_object *page, *problems;
    const char *text;
    const char *group; /* "": the table says which */
    bool applies;
};

static struct json_object *new_page(struct request *req, struct response *res, struct app *app,
                                    bool is_users, const char *group)
{
    const char *title = say(req->arena, is_users ? "Users from a table" : "Groups from a table");
    struct json_object *page = page_new(req, res, app, title, "groups");

    page_text(page, "heading", title);
    page_flag(page, "is_users", is_users);
    page_text(page, "action", is_users ? "/admin/csv/users" : "/admin/csv/groups");
    if (group[0]) {
        page_text(page, "group", group);
        page_text(page, "users_path", page_group_path(req->arena, group, ".users/"));
        page_text(page, "download",
                  arena_printf(req->arena, "/admin/csv/users.csv?group=%s",
                               page_encode(req->arena, group, false)));
    }
    return page;
}

/* ---- in ---- */

static void show_form(struct request *req, struct response *res, struct app *app, bool is_users,
                      const char *group)
{
    page_send(res, app, 200, "csv", new_page(req, res, app, is_users, group));
}

void page_csv_groups(struct request *req, struct response *res, struct app *app)
{
    show_form(req, res, app, false, "");
}

/* The group of the query, which this person may edit; "" none. */
static bool query_group(struct request *req, struct response *res, struct app *app,
                        const char **group)
{
    struct error e = {0};
    int r = request_query(req, "group", group, &e);

    if (r == 0 && !*group)
        *group = "";
    if (r == 0 && (*group)[0] && !principal_may(&req->who, *group, CAP_EDIT))
        r = error_set(&e, ERR_FORBIDDEN, NULL, "you may not change the group %s", *group);
    if (r < 0)
        page_error(req, res, app, err_http_status(r), &e);
    return r == 0;
}

void page_csv_users(struct request *req, struct response *res, struct app *app)
{
    const char *group;

    if (query_group(req, res, app, &group))
        show_form(req, res, app, true, group);
}

/* @return false: `res` is complete */
static bool begin(struct request *req, struct response *res, struct app *app, struct import *in,
                  bool is_users)
{
    static const char *const fields[] = {"csv", "group", "apply", NULL};
    const char *back;

    *in = (struct import){.actor = actor_of(req, ACTOR_CONSOLE)};
    if (form_of_request(req, res, app, &in->form, fields, NULL) < 0)
        return false;
    in->text = form_text(&in->form, "csv");
    in->group = form_text(&in->form, "group");
    in->applies = form_has(&in->form, "apply");
    back = in->group[0] ? page_group_path(req->arena, in->group, ".users/") : "/admin/groups/";
    if (in->applies && form_was_used(req, res, app, &in->form, &in->actor, back))
        return false;
    in->page = new_page(req, res, app, is_users, in->group);
    page_text(in->page, "csv", in->text);
    in->problems = page_list(in->page, "row_problems");
    return true;
}

static void show_problems(struct response *res, struct app *app, struct import *in,
                          const struct csv_table *table)
{
    size_t shown = json_object_array_length(in->problems);

    page_flag(in->page, "has_row_problems", true);
    page_number(in->page, "n_problems", (int64_t)table->n_problems);
    page_flag(in->page, "has_more", table->n_problems > shown);
    page_text(in->page, "title", say(page_arena(in->page), "Error: the table"));
    page_send(res, app, 422, "csv", in->page);
}

/* Tried or carried out. @return true: `res` is complete */
static void finish(struct request *req, struct response *res, struct app *app, struct import *in,
                   struct csv_table *table, const struct batch_edit *edits, size_t n,
                   const unsigned *lines, const char *back)
{
    struct batch_result result = {0};
    struct error e = {0};
    int r = store_batch(app->db, edits, n, &in->actor, in->applies, &result, &e);

    if (form_came_second(req, res, app, &in->actor, r))
        return;
    if (r < 0 && err_http_status(r) >= 500) {
        group_view_failed(req, res, app, r, &e);
    } else if (r < 0) {
        csv_table_problem(
            table, lines ? lines[result.failed] : table->rows[result.failed].line, NULL, "%s",
            say_with(req->arena, "The group {group} cannot be changed: {reason}.", "group",
                     edits[result.failed].name, "reason", say_reported(req->arena, e.text), NULL));
        show_problems(res, app, in, table);
    } else if (in->applies) {
        page_done(req, res, app, back,
                  say_with(req->arena, "Rows: {rows}. Groups that were changed: {groups}.", "rows",
                           arena_printf(req->arena, "%zu", table->n_rows), "groups",
                           arena_printf(req->arena, "%zu", result.n_changed), NULL),
                  page_groups_undo_path(req));
    } else {
        page_flag(in->page, "is_tried", true);
        page_number(in->page, "n_rows", (int64_t)table->n_rows);
        page_number(in->page, "n_changed", (int64_t)result.n_changed);
        page_flag(in->page, "has_changes", result.n_changed > 0);
        page_send(res, app, 200, "csv", in->page);
    }
}

void page_csv_groups_post(struct request *req, struct response *res, struct app *app)
{
    struct import in;
    struct group_csv csv;

    if (!begin(req, res, app, &in, false))
        return;
    group_csv_read(req, app, in.text, in.problems,
                   in.applies ? NULL : page_list(in.page, "row_changes"), &csv);
    if (csv.table.n_problems) {
        show_problems(res, app, &in, &csv.table);
        return;
    }
    page_number(in.page, "n_new", (int64_t)csv.n_new);
    page_flag(in.page, "has_row_changes", csv.changes && json_object_array_length(csv.changes) > 0);
    page_flag(in.page, "has_more_changes", csv.has_more_changes);
    finish(req, res, app, &in, &csv.table, csv.edits, csv.n, NULL, "/admin/groups/");
}

void page_csv_users_post(struct request *req, struct response *res, struct app *app)
{
    struct import in;
    struct user_csv csv;
    struct error e = {0};
    int r = 0;

    if (!begin(req, res, app, &in, true))
        return;
    user_csv_read(req, app, in.text, in.group, in.problems, &csv);
    if (csv.table.n_problems) {
        show_problems(res, app, &in, &csv.table);
        return;
    }
    page_number(in.page, "n_passwords", (int64_t)csv.n_passwords);
    page_number(in.page, "n_new_users", (int64_t)csv.n_new);
    page_text(in.page, "without_password", csv.without);
    if (in.applies)
        r = user_csv_hash(req, app, &csv, &e);
    if (r < 0)
        group_view_failed(req, res, app, r, &e);
    else
        finish(req, res, app, &in, &csv.table, csv.edits, csv.n, csv.lines,
               in.group[0] ? page_group_path(req->arena, in.group, ".users/") : "/admin/groups/");
}

/* ---- out ---- */

void page_csv_users_file(struct request *req, struct response *res, struct app *app)
{
    struct group_record group;
    struct error e = {0};
    const char *name;
    int r;

    if (!query_group(req, res, app, &name))
        return;
    r = store_group_get(app->db, req->arena, name, req->now_us, &group, &e);
    if (r < 0)
        group_view_failed(req, res, app, r, &e);
    else
        user_csv_send(res, req->arena, &group);
}
