#include "admin-cgi/handlers/page_problems.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/jobs/job_runner.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_file.h"
#include "admin-cgi/store/store_version.h"
#include "admin-cgi/supervision.h"

static void add_problem(struct request *req, struct json_object *list,
                        const struct file_problem *problem)
{
    struct json_object *row = page_row(list);
    bool is_group = problem->kind == FILE_GROUP;

    page_text(row, "name", problem->name);
    page_text(row, "path", is_group ? page_group_path(req->arena, problem->name, "") : NULL);
    page_text(row, "history",
              is_group ? page_group_path(req->arena, problem->name, ".history/") : NULL);
    page_flag(row, "is_broken", problem->status == FILE_BROKEN && !problem->conflict_id);
    page_text(row, "raw", is_group ? page_group_path(req->arena, problem->name, ".raw") : NULL);
    page_flag(row, "is_unclean", problem->status == FILE_OK && !problem->conflict_id);
    page_flag(row, "is_readonly", problem->status == FILE_READONLY && !problem->conflict_id);
    page_flag(row, "is_conflict", problem->conflict_id != 0);
    page_number(row, "conflict", problem->conflict_id);
    page_number(row, "seq", problem->conflict_seq);
    page_flag(row, "has_line", problem->line > 0);
    page_flag(row, "has_good", problem->has_good);
    page_number(row, "line", problem->line);
    page_number(row, "column", problem->column);
    page_text(row, "text", say_reported(req->arena, problem->text));
    page_time(row, "since", problem->since_us);
}

/* Programs that do not run, and a certificate that cannot be served. */
static size_t add_parts(struct request *req, struct app *app, struct json_object *page)
{
    struct part_problem problems[SUPERVISION_PROBLEMS_MAX];
    struct json_object *list = page_list(page, "parts");
    const char *late = nightly_problem(app, req->arena, req->now_us);
    size_t n = supervision_look(app, req->arena, problems);

    for (size_t i = 0; i < n; i++) {
        struct json_object *row = page_row(list);

        page_text(row, "part", problems[i].part);
        page_text(row, "text", say_reported(req->arena, problems[i].text));
    }
    if (late) {
        struct json_object *row = page_row(list);

        page_text(row, "part", say(req->arena, "Backup"));
        page_text(row, "text", say_reported(req->arena, late));
        n++;
    }
    page_flag(page, "has_parts", n > 0);
    return n;
}

void page_problems(struct request *req, struct response *res, struct app *app)
{
    struct file_problem *problems = NULL;
    struct json_object *page, *list;
    struct error e = {0};
    size_t n = 0;
    int r;

    r = store_problem_list(app->db, req->arena, &problems, &n, &e);
    if (r < 0) {
        page_error(req, res, app, err_http_status(r), &e);
        return;
    }
    page = page_new(req, res, app, "Problems", "problems");
    list = page_list(page, "problems_found");
    for (size_t i = 0; i < n; i++)
        add_problem(req, list, &problems[i]);
    page_flag(page, "has_files", n > 0);
    page_flag(page, "has_any", add_parts(req, app, page) + n > 0);
    page_flag(page, "may_resolve", req->who.is_server_admin);
    page_send(res, app, 200, "problems", page);
}

void page_problems_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"conflict", NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct form form;
    struct error e = {0};
    uint64_t id = 0;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0)
        return;
    if (span_u64(span_str(form_text(&form, "conflict")), &id) && id <= INT64_MAX)
        r = store_conflict_resolve(app->db, (int64_t)id, &actor, &e);
    else
        r = error_set(&e, ERR_INVALID, "conflict", "there is no such conflict");
    if (r < 0 && r != ERR_NOT_FOUND)
        group_view_failed(req, res, app, r, &e);
    else
        page_done(req, res, app, "/admin/problems",
                  "The text in use stays. The other one is still among the versions.", NULL);
}
