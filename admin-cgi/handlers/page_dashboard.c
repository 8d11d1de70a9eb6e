#include "admin-cgi/handlers/page_dashboard.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/dashboard_charts.h"
#include "admin-cgi/handlers/dashboard_next.h"
#include "admin-cgi/handlers/dashboard_tiles.h"
#include "admin-cgi/handlers/dashboard_usage.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/page_drain.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_audit.h"
#include "admin-cgi/store/store_group.h"
#include "admin-cgi/store/store_group_list.h"
#include "admin-cgi/supervision.h"
#include "common/now.h"

#define BUSIEST_MAX 8
#define CHANGED_MAX 8
#define REFUSED_MAX 5

static int64_t member_count(struct json_object *group)
{
    return json_object_get_int64(json_object_object_get(group, "members"));
}

static int busier_first(const void *a, const void *b)
{
    int64_t x = member_count(*(struct json_object *const *)a);
    int64_t y = member_count(*(struct json_object *const *)b);

    return x < y ? 1 : x > y ? -1 : 0;
}

/* Only groups that this person may see. The sample itself stays sorted by name. */
static void add_live(struct request *req, struct json_object *page, struct json_object *live)
{
    struct json_object *list = page_list(page, "busiest");
    struct json_object *sorted = arena_json(req->arena, json_object_new_array());
    int64_t people = 0, groups = 0;

    for (size_t i = 0; sorted && i < json_object_array_length(live); i++)
        json_object_array_add(sorted, json_object_get(json_object_array_get_idx(live, i)));
    if (sorted)
        json_object_array_sort(sorted, busier_first);
    for (size_t i = 0; sorted && i < json_object_array_length(sorted); i++) {
        struct json_object *group = json_object_array_get_idx(sorted, i);
        const char *name = json_object_get_string(json_object_object_get(group, "name"));
        int64_t count = member_count(group);
        struct json_object *row;

        if (!name || count == 0 || !principal_may(&req->who, name, CAP_VIEW))
            continue;
        people += count;
        if (++groups > BUSIEST_MAX)
            continue;
        row = page_row(list);
        page_text(row, "name", name);
        page_text(row, "path", page_group_path(req->arena, name, ".live"));
        page_text(row, "count", say_count(req->arena, "{n} people", "{n} person", (uint64_t)count));
    }
    page_flag(page, "is_live", true);
    page_number(page, "people", people);
    page_number(page, "live_groups", groups);
    page_flag(page, "has_busiest", groups > 0);
}

/* How many groups this person may see. */
static int count_groups(const struct dashboard *d, const struct group_query *query, int64_t *out,
                        struct error *e)
{
    struct group_page found;
    int r = store_group_list(d->app->db, d->req->arena, query, &found, e);

    if (r == 0)
        *out = found.total;
    return r;
}

static int add_changed(const struct dashboard *d, const struct group_counts *counts,
                       bool *has_group, struct error *e)
{
    struct group_query query = {.access = -1, .limit = 1};
    struct json_object *list = page_list(d->page, "changed");
    int64_t total = counts->groups;
    struct group_row *rows = NULL;
    size_t n = 0;
    int r;

    group_view_restrict(d->req, &query);
    r = store_group_recent(d->app->db, d->req->arena, query.scopes, query.n_scopes, CHANGED_MAX,
                           &rows, &n, e);
    if (r == 0 && query.scopes)
        r = count_groups(d, &query, &total, e);
    for (size_t i = 0; r == 0 && i < n; i++) {
        const struct group_row *group = &rows[i];
        struct json_object *row = page_row(list);

        page_text(row, "name", group->name);
        page_text(row, "label", group->display_name[0] ? group->display_name : group->name);
        page_text(row, "path", page_group_path(d->req->arena, group->name, ""));
        page_time(row, "when", group->changed_us);
        page_text(row, "by", group->changed_by);
    }
    page_text(d->page, "of_groups",
              say_count(d->req->arena, "of {n} groups", "of {n} group", (uint64_t)total));
    page_flag(d->page, "has_groups", total > 0);
    /* The demo group of the first start is nobody's own. */
    *has_group = total > 1 || (total == 1 && n == 1 && strcmp(rows[0].name, "demo") != 0);
    return r;
}

static int add_refused(const struct dashboard *d, struct error *e)
{
    struct json_object *list = page_list(d->page, "refused");
    struct audit_row *rows = NULL;
    size_t n = 0;
    int r = store_audit_refused(d->app->db, d->req->arena, REFUSED_MAX, &rows, &n, e);

    for (size_t i = 0; r == 0 && i < n; i++) {
        struct json_object *row = page_row(list);

        page_text(row, "name", rows[i].object);
        page_text(row, "address", rows[i].address);
        page_time(row, "when", rows[i].at_us);
    }
    page_flag(d->page, "has_refused", n > 0);
    return r;
}

/* What those see who may read the audit log. */
static int add_server(const struct dashboard *d, const struct group_counts *counts, struct error *e)
{
    struct part_problem parts[SUPERVISION_PROBLEMS_MAX];
    int64_t problems;
    int r = add_refused(d, e);

    if (r < 0)
        return r;
    problems = counts->broken + counts->readonly + counts->conflicts +
               (int64_t)supervision_look(d->app, d->req->arena, parts);
    page_number(d->page, "problems", problems);
    page_flag(d->page, "sees_problems", true);
    page_flag(d->page, "has_problems", problems > 0);
    return 0;
}

void page_dashboard(struct request *req, struct response *res, struct app *app)
{
    struct json_object *page = page_new(req, res, app, "Dashboard", "dashboard");
    const struct dashboard d = dashboard_of(req, app, page);
    struct json_object *live = group_view_live(req, app, page, US_PER_S);
    struct group_counts counts = {0};
    struct error e = {0};
    bool has_group = false;
    int r = store_group_count(app->db, &counts, &e);

    if (r == 0)
        r = add_changed(&d, &counts, &has_group, &e);
    if (r == 0 && (req->who.is_server_admin || req->who.is_auditor))
        r = add_server(&d, &counts, &e);
    if (r < 0) {
        json_object_put(live);
        page_error(req, res, app, err_http_status(r), &e);
        return;
    }
    if (live)
        add_live(req, page, live);
    json_object_put(live);
    dashboard_add_tiles(&d);
    dashboard_add_charts(&d);
    dashboard_add_usage(&d);
    if (req->who.is_server_admin)
        dashboard_add_next(&d, has_group);
    page_flag(page, "may_create", principal_may_anywhere(&req->who, CAP_CREATE));
    drain_view_add(page, app);
    page_send(res, app, 200, "dashboard", page);
}
