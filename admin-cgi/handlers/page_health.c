#include "admin-cgi/handlers/page_health.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/health_report.h"
#include "admin-cgi/handlers/health_view.h"
#include "admin-cgi/health/health_checks.h"
#include "admin-cgi/page.h"
#include "admin-cgi/routes.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"

/* A link to a page that answers 403 helps nobody. What is no row by itself is the manual. */
static bool may_open(const struct principal *who, const char *path)
{
    const struct route *route = path ? router_page(&page_routes, path) : NULL;

    return path && (!route || session_may(who, route->access, NULL));
}

/* @param a NULL: in English, as for programs */
static void add_check(struct request *req, struct arena *a, struct json_object *list,
                      const struct health_check *check)
{
    struct json_object *row = page_row(list);
    const char *path = may_open(&req->who, check->path) ? check->path : NULL;

    page_text(row, "name", check->name);
    page_text(row, "check_title", say(a, check->title));
    page_text(row, "state", check->state);
    page_text(row, "value", say_reported(a, check->value));
    page_text(row, "remedy", say_reported(a, check->remedy));
    page_text(row, "path", path);
    page_text(row, "path_words", path ? say(a, check->path_words) : NULL);
    page_time(row, "since", check->since_us);
}

static void add_badges(struct json_object *list)
{
    for (size_t i = 0; list && i < json_object_array_length(list); i++) {
        struct json_object *row = json_object_array_get_idx(list, i);
        const char *state = json_object_get_string(json_object_object_get(row, "state"));

        page_flag(row, "is_ok", state && strcmp(state, "ok") == 0);
        page_flag(row, "is_warn", state && strcmp(state, "warn") == 0);
        page_flag(row, "is_bad", state && strcmp(state, "bad") == 0);
        page_flag(row, "is_unknown", state && strcmp(state, "unknown") == 0);
    }
}

static struct json_object *add_checks(struct request *req, struct arena *a, struct app *app,
                                      struct json_object *page, struct health_list *found)
{
    struct json_object *list = page_list(page, "checks");

    *found = health_view_list(req, app);
    for (size_t i = 0; i < found->n; i++)
        add_check(req, a, list, &found->checks[i]);
    return list;
}

void page_health(struct request *req, struct response *res, struct app *app)
{
    struct json_object *page = page_new(req, res, app, "Health", "health");
    struct health_list found;

    add_badges(add_checks(req, req->arena, app, page, &found));
    page_flag(page, "all_ok", found.n_not_ok == 0);
    page_text(page, "not_ok",
              say_count(req->arena, "{n} checks need a look.", "One check needs a look.",
                        found.n_not_ok));
    page_time(page, "checked", found.checked_us);
    page_flag(page, "may_run", req->who.is_server_admin);
    page_send(res, app, 200, "health", page);
}

void page_health_json(struct request *req, struct response *res, struct app *app)
{
    struct json_object *answer = arena_json(req->arena, json_object_new_object());
    struct health_list found;

    add_checks(req, NULL, app, answer, &found);
    page_time(answer, "checked", found.checked_us);
    response_json(res, 200, answer);
}

void page_health_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {NULL};
    struct form form;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0)
        return;
    health_checks_ask(app);
    page_done(req, res, app, "/admin/health",
              "The checks run again. What they find stands here in a few seconds.", NULL);
}

void page_health_report(struct request *req, struct response *res, struct app *app)
{
    struct json_object *page = page_new(req, res, app, "Support report", "health");
    struct buf text = {0};

    health_report_write(&text, req, app);
    page_text(page, "report", buf_check(&text) == 0 ? buf_str(&text) : NULL);
    buf_release(&text);
    page_send(res, app, 200, "health_report", page);
}

void page_health_report_file(struct request *req, struct response *res, struct app *app)
{
    health_report_write(&res->body, req, app);
    response_attachment(res, "text/plain; charset=utf-8", "nereid-report.txt");
}
