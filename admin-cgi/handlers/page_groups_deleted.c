#include "admin-cgi/handlers/page_groups_deleted.h"

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_deleted.h"
#include "common/macros.h"

#define ROWS_PER_PAGE 50

static void add_row(struct request *req, struct json_object *list,
                    const struct deleted_group *group)
{
    struct json_object *row = page_row(list);

    page_text(row, "name", group->name);
    page_text(row, "display_name", group->display_name[0] ? group->display_name : NULL);
    page_time(row, "when", group->deleted_us);
    page_flag(row, "by_hand", !group->by_kind[0]);
    page_text(row, "by", group->by);
    page_text(row, "through", say(req->arena, group->by_kind));
    page_number(row, "n_versions", group->n_versions);
    page_flag(row, "may_restore", principal_may(&req->who, group->name, CAP_EDIT));
    page_text(row, "restore", page_group_path(req->arena, group->name, ".undelete"));
}

/* The query as it came: a part of a name, and behind which row the page begins. */
static int read_query(struct request *req, struct deleted_query *out, struct error *e)
{
    const char *before;
    const struct request_field fields[] = {
        {"q", &out->search}, {"before", &before}, {"after", &out->after}};
    int r = request_queries(req, fields, LENGTH(fields), e);
    uint64_t us = 0;

    if (r < 0)
        return r;
    if (before[0] && (!span_u64(span_str(before), &us) || us > INT64_MAX))
        return error_set(e, ERR_INVALID, "before", "this is no place in the list");
    out->before_us = (int64_t)us;
    return 0;
}

void page_groups_deleted(struct request *req, struct response *res, struct app *app)
{
    struct deleted_query query = {.limit = ROWS_PER_PAGE + 1};
    struct group_query allowed = {0};
    struct deleted_group *found = NULL;
    struct json_object *page, *list;
    struct error e = {0};
    size_t n = 0, shown;
    int r = read_query(req, &query, &e);

    if (r < 0) {
        page_error(req, res, app, 400, &e);
        return;
    }
    group_view_restrict(req, &allowed);
    query.scopes = allowed.scopes;
    query.n_scopes = allowed.n_scopes;
    r = store_deleted_list(app->db, req->arena, &query, &found, &n, &e);
    if (r < 0) {
        group_view_failed(req, res, app, r, &e);
        return;
    }
    page = page_new(req, res, app, "Deleted groups", "groups");
    list = page_list(page, "groups");
    shown = n > ROWS_PER_PAGE ? ROWS_PER_PAGE : n;
    for (size_t i = 0; i < shown; i++)
        add_row(req, list, &found[i]);
    page_text(page, "q", query.search);
    page_flag(page, "is_filtered", query.search[0] != 0);
    page_flag(page, "has_groups", n > 0);
    if (n > shown)
        page_text(page, "next",
                  arena_printf(req->arena, "/admin/groups/.deleted?q=%s&before=%lld&after=%s",
                               page_encode(req->arena, query.search, false),
                               (long long)found[shown - 1].deleted_us,
                               page_encode(req->arena, found[shown - 1].name, false)));
    page_send(res, app, 200, "groups_deleted", page);
}
