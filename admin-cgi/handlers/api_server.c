#include "admin-cgi/handlers/api_server.h"

#include <string.h>

#include "admin-cgi/control_client.h"
#include "admin-cgi/handlers/api_common.h"
#include "admin-cgi/page.h"
#include "admin-cgi/store/db.h"
#include "admin-cgi/store/store_group_list.h"
#include "admin-cgi/supervision.h"
#include "common/macros.h"

void api_stats(struct request *req, struct response *res, struct app *app)
{
    struct error e = {0};
    int r = control_get_raw(app->control, "/v0/stats", &res->body, &e);

    (void)req;
    if (r < 0) {
        api_fail(res, ERR_UNAVAILABLE, &e);
        return;
    }
    response_type(res, "application/json");
    response_cache(res, "no-cache");
}

void api_nothing(struct request *req, struct response *res, struct app *app)
{
    (void)req;
    (void)app;
    response_text(res, 404, "there is nothing here\n");
}

void api_root(struct request *req, struct response *res, struct app *app)
{
    const char *query = req->raw_query.len ? (const char *)req->raw_query.data - 1 : "";

    (void)app;
    response_redirect(res, 308,
                      arena_printf(req->arena, "%.*s/%s", (int)req->raw_path.len,
                                   (const char *)req->raw_path.data, query));
}

void health_live(struct request *req, struct response *res, struct app *app)
{
    (void)req;
    (void)app;
    response_text(res, 200, "ok\n");
}

/* The details are for those who may know; the status is for load balancers. */
void health_ready(struct request *req, struct response *res, struct app *app)
{
    struct json_object *json = json_object_new_object();
    struct part_problem problems[SUPERVISION_PROBLEMS_MAX];
    struct error e = {0};
    bool db_good = db_check_writable(app->db, &e) == 0;
    size_t n = supervision_look(app, req->arena, problems);
    bool ready = db_good && !supervision_find(problems, n, "mediad") &&
                 !supervision_find(problems, n, "disk");

    if (!json) {
        api_fail(res, ERR_NO_MEMORY, NULL);
        return;
    }
    if (app_is_loopback(req->client_address)) {
        static const char *const parts[] = {"mediad", "nginx", "certificate", "disk"};

        json_object_object_add(json, "database",
                               json_object_new_string(db_good ? "ok" : "not writable"));
        json_object_object_add(json, "admin-cgi", json_object_new_string("ok"));
        for (size_t i = 0; i < LENGTH(parts); i++) {
            const char *text = supervision_find(problems, n, parts[i]);

            json_object_object_add(json, parts[i], json_object_new_string(text ? text : "ok"));
        }
    }
    json_object_object_add(json, "ready", json_object_new_boolean(ready));
    response_json(res, ready ? 200 : 503, json);
    json_object_put(json);
}

/* ---- public groups when mediad does not answer (nginx's fallback) ---- */

static struct json_object *public_group(struct arena *a, const struct group_row *row,
                                        const char *base)
{
    struct json_object *json = json_object_new_object();
    struct buf location = {0};

    if (!json)
        return NULL;
    buf_printf(&location, "%s/group/%s/", base, page_encode(a, row->name, true));
    json_object_object_add(json, "name", json_object_new_string(row->name));
    if (row->redirect[0])
        json_object_object_add(json, "redirect", json_object_new_string(row->redirect));
    json_object_object_add(json, "location", json_object_new_string(buf_str(&location)));
    if (row->display_name[0])
        json_object_object_add(json, "displayName", json_object_new_string(row->display_name));
    if (row->description[0])
        json_object_object_add(json, "description", json_object_new_string(row->description));
    buf_release(&location);
    return json;
}

void public_groups(struct request *req, struct response *res, struct app *app)
{
    struct json_object *list = json_object_new_array();
    struct group_row *rows = NULL;
    const char *base = page_base_url(req, app);
    struct error e = {0};
    size_t n = 0;
    int r =
        list && base ? store_group_list_public(app->db, req->arena, &rows, &n, &e) : ERR_NO_MEMORY;

    for (size_t i = 0; r == 0 && i < n; i++) {
        struct json_object *json = public_group(req->arena, &rows[i], base);

        if (!json || json_object_array_add(list, json) < 0)
            r = ERR_NO_MEMORY;
    }
    if (r < 0)
        api_fail(res, r, &e);
    else
        response_json(res, 200, list);
    response_cache(res, "no-cache");
    json_object_put(list);
}
