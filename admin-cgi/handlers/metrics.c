#include "admin-cgi/handlers/metrics.h"

#include <stdio.h>
#include <unistd.h>

#include "admin-cgi/app.h"
#include "admin-cgi/control_client.h"
#include "admin-cgi/routes.h"
#include "admin-cgi/shared.h"
#include "admin-cgi/store/db.h"
#include "admin-cgi/store/store_group_list.h"
#include "common/log.h"
#include "common/macros.h"
#include "common/metric_set.h"
#include "common/process_metrics.h"

static const struct log_ctx ctx = {.room = "metrics"};

static const struct metric_family http_requests = {
    "http_requests_total", METRIC_COUNTER, "Answers by route, method and class of status.", NULL};
static const struct metric_family logins = {"logins_total", METRIC_COUNTER,
                                            "Log-ins by programs and at the console.", NULL};
static const struct metric_family throttled = {"throttled_total", METRIC_COUNTER,
                                               "Log-ins that had to wait.", NULL};
static const struct metric_family csrf_rejected = {"csrf_rejected_total", METRIC_COUNTER,
                                                   "Requests from other sites, refused.", NULL};
static const struct metric_family hashes = {"password_hashes_total", METRIC_COUNTER,
                                            "Passwords hashed.", NULL};
static const struct metric_family restarts = {"worker_restarts_total", METRIC_COUNTER,
                                              "Workers and keepers that ended.", "program"};
static const struct metric_family files = {"files", METRIC_GAUGE,
                                           "Managed files by kind and state.", NULL};
static const struct metric_family groups = {"groups", METRIC_GAUGE, "Groups that are defined.",
                                            NULL};
static const struct metric_family pending = {"exports_pending", METRIC_GAUGE,
                                             "Saved changes that are not in their file yet.", NULL};
static const struct metric_family conflicts = {"conflicts_open", METRIC_GAUGE,
                                               "Conflicts that nobody has looked at.", NULL};
static const struct metric_family db_size = {"db_bytes", METRIC_GAUGE, "Size of the database.",
                                             NULL};
static const struct metric_family wal_size = {"db_wal_bytes", METRIC_GAUGE,
                                              "Size of its write-ahead log.", NULL};
static const struct metric_family control_up = {"control_up", METRIC_GAUGE,
                                                "Whether mediad answers.", NULL};

/* One row for each shared counter. */
static const struct {
    enum shared_counter counter;
    const struct metric_family *family;
    const char *labels;
} counter_rows[] = {
    {COUNTER_LOGIN_OK, &logins, "path=\"api\",result=\"ok\""},
    {COUNTER_LOGIN_REFUSED, &logins, "path=\"api\",result=\"refused\""},
    {COUNTER_SIGN_IN_OK, &logins, "path=\"console\",result=\"ok\""},
    {COUNTER_SIGN_IN_REFUSED, &logins, "path=\"console\",result=\"refused\""},
    {COUNTER_THROTTLED, &throttled, ""},
    {COUNTER_FOREIGN_REFUSED, &csrf_rejected, ""},
    {COUNTER_HASHES, &hashes, ""},
    {COUNTER_WORKER_RESTARTS, &restarts, "program=\"admin-cgi\""},
};

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

/* Several rows of the route table may have one name: the set makes one series of them. */
static void add_requests(struct metric_set *set, const struct app *app)
{
    unsigned number = 0;

    for (const struct route_table *const *t = route_tables; *t; t++) {
        for (size_t i = 0; i < (*t)->n_routes; i++, number++) {
            const struct route *route = &(*t)->routes[i];

            for (unsigned class = 1; class < 6; class ++) {
                uint64_t n = shared_counted(app->shared, number, class);
                char labels[120];

                snprintf(labels, sizeof labels, "route=\"%s\",method=\"%s\",code=\"%uxx\"",
                         route->name, method_name(route->method), class);
                if (n)
                    metric_set_add_labels(set, &http_requests, labels, (double)n);
            }
        }
    }
}

static void add_files(struct metric_set *set, struct app *app)
{
    struct group_counts n = {0};
    int64_t db_bytes, wal_bytes;
    struct error e = {0};

    if (store_group_count(app->db, &n, &e) == 0) {
        metric_set_add_labels(set, &files, "kind=\"group\",state=\"ok\"",
                              (double)(n.groups - n.broken - n.readonly));
        metric_set_add_labels(set, &files, "kind=\"group\",state=\"broken\"", (double)n.broken);
        metric_set_add_labels(set, &files, "kind=\"group\",state=\"readonly\"", (double)n.readonly);
        metric_set_add_labels(set, &files, "kind=\"group\",state=\"trashed\"", (double)n.trashed);
        metric_set_add(set, &groups, NULL, (double)n.groups);
        metric_set_add(set, &pending, NULL, (double)n.pending);
        metric_set_add(set, &conflicts, NULL, (double)n.conflicts);
    }
    db_sizes(app->db, &db_bytes, &wal_bytes);
    metric_set_add(set, &db_size, NULL, (double)db_bytes);
    metric_set_add(set, &wal_size, NULL, (double)wal_bytes);
}

/* mediad writes its own text; without it the rest is told all the same. */
static void add_media(struct metric_set *set, struct app *app)
{
    struct buf text = {0};
    struct error e = {0};
    int r = control_get_raw(app->control, "/v0/metrics", &text, &e);

    metric_set_add(set, &control_up, NULL, r == 0);
    if (r == 0)
        r = buf_check(&text);
    if (r == 0)
        r = metric_set_read(set, buf_span(&text), &e);
    if (r < 0 && r != ERR_UNAVAILABLE)
        log_warn(&ctx, "mediad's metrics are left out: %s %s", e.place, e.text);
    buf_release(&text);
}

void metrics(struct request *req, struct response *res, struct app *app)
{
    struct metric_set set = {0};

    (void)req;
    process_metrics_add(&set, "admin-cgi", getppid());
    add_requests(&set, app);
    for (size_t i = 0; i < LENGTH(counter_rows); i++)
        metric_set_add_labels(&set, counter_rows[i].family, counter_rows[i].labels,
                              (double)shared_get(app->shared, counter_rows[i].counter));
    add_files(&set, app);
    add_media(&set, app);
    if (metric_set_write(&set, &res->body) < 0) {
        buf_clear(&res->body);
        response_text(res, 503, "out of memory\n");
    } else {
        response_type(res, "text/plain; version=0.0.4; charset=utf-8");
    }
    metric_set_release(&set);
}
