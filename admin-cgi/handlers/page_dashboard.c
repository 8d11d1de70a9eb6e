#include "admin-cgi/handlers/page_dashboard.h"

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_group.h"
#include "admin-cgi/store/store_group_list.h"
#include "admin-cgi/supervision.h"

#define BUSIEST_MAX 10

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

/* Only groups that this person may see. */
static void add_live(struct request *req, struct json_object *page, struct json_object *live)
{
    struct json_object *list = page_list(page, "busiest");
    int64_t people = 0, groups = 0;

    json_object_array_sort(live, busier_first);
    for (size_t i = 0; i < json_object_array_length(live); i++) {
        struct json_object *group = json_object_array_get_idx(live, i);
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
        page_number(row, "count", count);
        page_flag(row, "one", count == 1);
    }
    page_flag(page, "is_live", true);
    page_number(page, "people", people);
    page_number(page, "live_groups", groups);
    page_flag(page, "has_busiest", groups > 0);
}

static int add_changed(struct request *req, struct app *app, struct json_object *page,
                       struct error *e)
{
    struct group_query query = {
        .access = -1, .sort = GROUP_SORT_CHANGED, .descending = true, .limit = 8};
    struct json_object *list = page_list(page, "changed");
    struct group_page found;
    int r;

    group_view_restrict(req, &query);
    r = store_group_list(app->db, req->arena, &query, &found, e);
    if (r < 0)
        return r;
    for (size_t i = 0; i < found.n_rows; i++) {
        const struct group_row *group = &found.rows[i];
        struct json_object *row = page_row(list);

        page_text(row, "name", group->name);
        page_text(row, "label", group->display_name[0] ? group->display_name : group->name);
        page_text(row, "path", page_group_path(req->arena, group->name, ""));
        page_time(row, "when", group->changed_us);
        page_text(row, "by", group->changed_by);
    }
    page_number(page, "groups", found.total);
    page_flag(page, "has_groups", found.total > 0);
    return 0;
}

void page_dashboard(struct request *req, struct response *res, struct app *app)
{
    struct json_object *page = page_new(req, res, app, "Dashboard", "dashboard");
    struct json_object *live = group_view_live(req, app);
    struct group_counts counts = {0};
    struct error e = {0};
    int r = add_changed(req, app, page, &e);

    if (r == 0)
        r = store_group_count(app->db, &counts, &e);
    if (r < 0) {
        json_object_put(live);
        page_error(req, res, app, err_http_status(r), &e);
        return;
    }
    if (live)
        add_live(req, page, live);
    json_object_put(live);
    if (req->who.is_server_admin || req->who.is_auditor) {
        struct part_problem parts[SUPERVISION_PROBLEMS_MAX];
        int64_t problems = counts.broken + counts.readonly + counts.conflicts +
                           (int64_t)supervision_look(app, req->arena, req->now_us, parts);

        page_number(page, "problems", problems);
        page_flag(page, "sees_problems", true);
        page_flag(page, "has_problems", problems > 0);
    }
    page_flag(page, "may_create", principal_may_anywhere(&req->who, CAP_CREATE));
    page_send(res, app, 200, "dashboard", page);
}
