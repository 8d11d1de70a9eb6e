#include "admin-cgi/handlers/api_server.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "admin-cgi/control_client.h"
#include "admin-cgi/handlers/api_common.h"
#include "admin-cgi/page.h"
#include "admin-cgi/routes.h"
#include "admin-cgi/shared.h"
#include "admin-cgi/store/db.h"
#include "admin-cgi/store/store_group.h"
#include "common/now.h"

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
    struct error e = {0};
    struct json_object *health = NULL, *json = json_object_new_object();
    bool db_good = db_check_writable(app->db, &e) == 0;
    bool media_good =
        control_get(app->control, "/v0/health", 2 * US_PER_S, req->now_us, &health, &e) == 0;

    json_object_put(health);
    if (!json) {
        api_fail(res, ERR_NO_MEMORY, NULL);
        return;
    }
    if (app_is_loopback(req->client_address)) {
        json_object_object_add(json, "database",
                               json_object_new_string(db_good ? "ok" : "not writable"));
        json_object_object_add(json, "mediad",
                               json_object_new_string(media_good ? "ok" : "no answer"));
    }
    json_object_object_add(json, "ready", json_object_new_boolean(db_good && media_good));
    response_json(res, db_good && media_good ? 200 : 503, json);
    json_object_put(json);
}

/* ---- metrics: Prometheus text format 0.0.4 ---- */

static void family(struct buf *b, const char *name, const char *type, const char *help)
{
    buf_printf(b, "# HELP nereid_%s %s\n# TYPE nereid_%s %s\n", name, help, name, type);
}

static void sample(struct buf *b, const char *name, int64_t value)
{
    buf_printf(b, "nereid_%s %" PRId64 "\n", name, value);
}

static void gauge(struct buf *b, const char *name, const char *help, int64_t value)
{
    family(b, name, "gauge", help);
    sample(b, name, value);
}

static const char *method_name(enum method method)
{
    switch (method) {
    case METHOD_GET:
        return "GET";
    case METHOD_POST:
        return "POST";
    case METHOD_PUT:
        return "PUT";
    case METHOD_DELETE:
        return "DELETE";
    default:
        return "OTHER";
    }
}

static void add_requests(struct buf *b, struct app *app)
{
    unsigned number = 0;

    family(b, "http_requests_total", "counter", "Answers by route, method and class of status.");
    for (const struct route_table *const *t = route_tables; *t; t++) {
        for (size_t i = 0; i < (*t)->n_routes; i++, number++) {
            const struct route *route = &(*t)->routes[i];

            for (unsigned class = 1; class < 6; class ++) {
                uint64_t n = shared_counted(app->shared, number, class);

                if (n)
                    buf_printf(b,
                               "nereid_http_requests_total{route=\"%s\",method=\"%s\","
                               "code=\"%uxx\"} %" PRIu64 "\n",
                               route->name, method_name(route->method), class, n);
            }
        }
    }
}

static void add_counters(struct buf *b, struct app *app)
{
    static const struct {
        enum shared_counter counter;
        const char *path;
        const char *result;
    } logins[] = {
        {COUNTER_LOGIN_OK, "api", "ok"},
        {COUNTER_LOGIN_REFUSED, "api", "refused"},
        {COUNTER_SIGN_IN_OK, "console", "ok"},
        {COUNTER_SIGN_IN_REFUSED, "console", "refused"},
    };
    static const struct {
        enum shared_counter counter;
        const char *name;
        const char *help;
    } counters[] = {
        {COUNTER_THROTTLED, "throttled_total", "Log-ins that had to wait."},
        {COUNTER_FOREIGN_REFUSED, "csrf_rejected_total", "Requests from other sites, refused."},
        {COUNTER_HASHES, "password_hashes_total", "Passwords hashed."},
        {COUNTER_WORKER_RESTARTS, "worker_restarts_total", "Workers and keepers that ended."},
    };

    family(b, "logins_total", "counter", "Log-ins by programs and at the console.");
    for (size_t i = 0; i < sizeof(logins) / sizeof(logins[0]); i++)
        buf_printf(b, "nereid_logins_total{path=\"%s\",result=\"%s\"} %" PRIu64 "\n",
                   logins[i].path, logins[i].result, shared_get(app->shared, logins[i].counter));
    for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
        family(b, counters[i].name, "counter", counters[i].help);
        sample(b, counters[i].name, (int64_t)shared_get(app->shared, counters[i].counter));
    }
}

static void add_files(struct buf *b, struct app *app)
{
    struct group_counts n = {0};
    int64_t db_bytes, wal_bytes;
    struct error e = {0};

    if (store_group_count(app->db, &n, &e) == 0) {
        family(b, "files", "gauge", "Managed group files by state.");
        buf_printf(b, "nereid_files{kind=\"group\",state=\"ok\"} %" PRId64 "\n",
                   n.groups - n.broken - n.readonly);
        buf_printf(b, "nereid_files{kind=\"group\",state=\"broken\"} %" PRId64 "\n", n.broken);
        buf_printf(b, "nereid_files{kind=\"group\",state=\"readonly\"} %" PRId64 "\n", n.readonly);
        buf_printf(b, "nereid_files{kind=\"group\",state=\"trashed\"} %" PRId64 "\n", n.trashed);
        gauge(b, "groups", "Groups that are defined.", n.groups);
        gauge(b, "exports_pending", "Saved changes that are not in their file yet.", n.pending);
        gauge(b, "conflicts_open", "Conflicts that nobody has looked at.", n.conflicts);
    }
    db_sizes(app->db, &db_bytes, &wal_bytes);
    gauge(b, "db_bytes", "Size of the database.", db_bytes);
    gauge(b, "db_wal_bytes", "Size of its write-ahead log.", wal_bytes);
}

static void add_media(struct buf *b, struct app *app, int64_t now_us)
{
    struct json_object *groups = NULL;
    struct error e = {0};
    int64_t n_members = 0, n_live = 0;
    bool up = control_get(app->control, "/v0/groups", 2 * US_PER_S, now_us, &groups, &e) == 0;

    for (size_t i = 0; up && i < json_object_array_length(groups); i++) {
        struct json_object *members = NULL;

        if (!json_object_object_get_ex(json_object_array_get_idx(groups, i), "members", &members))
            continue;
        n_members += json_object_get_int64(members);
        n_live += json_object_get_int64(members) > 0;
    }
    json_object_put(groups);
    gauge(b, "control_up", "Whether mediad answers.", up);
    if (up) {
        gauge(b, "groups_live", "Groups with people in them.", n_live);
        gauge(b, "clients", "People in groups.", n_members);
    }
}

void metrics(struct request *req, struct response *res, struct app *app)
{
    family(&res->body, "build_info", "gauge", "Version of the program.");
    buf_add_str(&res->body, "nereid_build_info{version=\"" NEREID_VERSION "\"} 1\n");
    add_requests(&res->body, app);
    add_counters(&res->body, app);
    add_files(&res->body, app);
    add_media(&res->body, app, req->now_us);
    response_type(res, "text/plain; version=0.0.4; charset=utf-8");
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
    struct buf base = {0};
    struct error e = {0};
    size_t n = 0;
    int r = list ? store_group_list_public(app->db, req->arena, &rows, &n, &e) : ERR_NO_MEMORY;

    server_config_base_url(&base, app_config(app), span_str(req->host), req->is_tls);
    for (size_t i = 0; r == 0 && i < n; i++) {
        struct json_object *json = public_group(req->arena, &rows[i], buf_str(&base));

        if (!json || json_object_array_add(list, json) < 0)
            r = ERR_NO_MEMORY;
    }
    if (r < 0)
        api_fail(res, r, &e);
    else
        response_json(res, 200, list);
    response_cache(res, "no-cache");
    buf_release(&base);
    json_object_put(list);
}
