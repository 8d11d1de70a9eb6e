#include "admin-cgi/handlers/page_groups.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/live_sample.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/group_index.h"
#include "admin-cgi/store/store_group.h"
#include "admin-cgi/store/store_group_list.h"
#include "common/macros.h"
#include "common/now.h"

#define ROWS_PER_PAGE 50

/** The query as it came; every pointer is "" when absent. */
struct list_query {
    const char *q, *show, *access, *sort, *after;
};

static const struct {
    const char *word;
    const char *label;
} shows[] = {{"", TEXT("All groups")},
             {"public", TEXT("Public")},
             {"problems", TEXT("With a problem")},
             {"weak", TEXT("With weak passwords")}};

static const struct {
    enum access_kind kind;
    const char *label;
} accesses[] = {{ACCESS_KIND_NONE, TEXT("Nobody by password")},
                {ACCESS_KIND_USERS, TEXT("Password per user")},
                {ACCESS_KIND_SHARED, TEXT("One password")},
                {ACCESS_KIND_OPEN, TEXT("Open to all")},
                {ACCESS_KIND_EXTERNAL, TEXT("External sign-in")},
                {ACCESS_KIND_REDIRECT, TEXT("Redirect")}};

static const char *access_label(enum access_kind kind)
{
    return accesses[kind].label;
}

static int read_query(struct request *req, struct list_query *out, struct error *e)
{
    const struct request_field fields[] = {{"q", &out->q},
                                           {"show", &out->show},
                                           {"access", &out->access},
                                           {"sort", &out->sort},
                                           {"after", &out->after}};

    return request_queries(req, fields, LENGTH(fields), e);
}

/* "user:vimes" looks for a user; everything else is words. */
static struct group_query to_store(struct request *req, const struct list_query *list)
{
    bool is_user = strncmp(list->q, "user:", 5) == 0;
    struct group_query query = {
        .search = is_user ? "" : list->q,
        .user = is_user ? list->q + 5 : NULL,
        .only_public = strcmp(list->show, "public") == 0,
        .only_problems = strcmp(list->show, "problems") == 0,
        .only_weak = strcmp(list->show, "weak") == 0,
        .access = -1,
        .sort = strstr(list->sort, "changed") ? GROUP_SORT_CHANGED : GROUP_SORT_NAME,
        .descending = list->sort[0] == '-',
        .after = list->after,
        .limit = ROWS_PER_PAGE,
    };

    for (size_t i = 0; i < LENGTH(accesses); i++) {
        if (strcmp(list->access, access_kind_name(accesses[i].kind)) == 0)
            query.access = (int)accesses[i].kind;
    }
    group_view_restrict(req, &query);
    return query;
}

/* The same list with another order or place. */
static const char *link_to(struct arena *a, const struct list_query *list, const char *sort,
                           const char *after)
{
    return arena_printf(a, "/admin/groups/?q=%s&show=%s&access=%s&sort=%s&after=%s",
                        page_encode(a, list->q, false), page_encode(a, list->show, false),
                        page_encode(a, list->access, false), page_encode(a, sort, false),
                        page_encode(a, after, false));
}

static void add_state(struct request *req, struct json_object *row, const struct group_row *group)
{
    page_flag(row, "is_public", group->is_public);
    page_flag(row, "is_broken", group->status == FILE_BROKEN);
    page_flag(row, "is_readonly", group->status == FILE_READONLY);
    page_flag(row, "is_weak", group->has_weak_password);
    page_flag(row, "auto_subgroups", group->auto_subgroups);
    page_flag(row, "not_yet", group->not_before_us > req->now_us);
    page_flag(row, "expired", group->expires_us && group->expires_us <= req->now_us);
}

static void add_row(struct request *req, struct json_object *list, const struct group_row *group,
                    struct json_object *live)
{
    struct json_object *row = page_row(list);
    struct json_object *now = live_sample_group(live, group->name);
    int64_t people = json_object_get_int64(json_object_object_get(now, "members"));

    page_text(row, "name", group->name);
    page_text(row, "display_name", group->display_name);
    page_text(row, "path", page_group_path(req->arena, group->name, ""));
    page_text(row, "access",
              group->changed_us ? say(req->arena, access_label(group->access)) : "–");
    page_flag(row, "is_open", group->access == ACCESS_KIND_OPEN);
    page_number(row, "people", people);
    page_flag(row, "has_people", people > 0);
    page_flag(row, "locked", json_object_get_boolean(json_object_object_get(now, "locked")));
    page_time(row, "when", group->changed_us);
    page_text(row, "by", group->changed_by);
    page_text(row, "through", group->changed_kind);
    add_state(req, row, group);
}

static void add_options(struct json_object *page, const struct list_query *list)
{
    struct json_object *options = page_list(page, "shows");

    for (size_t i = 0; i < LENGTH(shows); i++)
        form_option(options, shows[i].word, say(page_arena(page), shows[i].label), NULL,
                    list->show);
    options = page_list(page, "accesses");
    for (size_t i = 0; i < LENGTH(accesses); i++)
        form_option(options, access_kind_name(accesses[i].kind),
                    say(page_arena(page), accesses[i].label), NULL, list->access);
}

/* Links in the column heads turn the order round. */
static void add_order(struct request *req, struct json_object *page, const struct list_query *list,
                      const struct group_query *query)
{
    bool by_name = query->sort == GROUP_SORT_NAME;
    const char *direction = query->descending ? "descending" : "ascending";

    page_text(page, "sort", list->sort);
    page_text(page, "name_sort", by_name ? direction : NULL);
    page_text(page, "changed_sort", by_name ? NULL : direction);
    page_text(page, "name_link",
              link_to(req->arena, list, by_name && !query->descending ? "-name" : "name", ""));
    page_text(
        page, "changed_link",
        link_to(req->arena, list, !by_name && query->descending ? "changed" : "-changed", ""));
}

void page_groups(struct request *req, struct response *res, struct app *app)
{
    struct json_object *page = page_new(req, res, app, "Groups", "groups");
    struct json_object *rows = page_list(page, "groups");
    struct json_object *live;
    struct list_query list = {0};
    struct group_query query;
    struct group_page found;
    struct error e = {0};
    int r = read_query(req, &list, &e);

    if (r == 0) {
        query = to_store(req, &list);
        r = store_group_list(app->db, req->arena, &query, &found, &e);
    }
    if (r < 0) {
        page_error(req, res, app, r == ERR_INVALID ? 400 : err_http_status(r), &e);
        return;
    }
    live = group_view_live(req, app, page, US_PER_S);
    for (size_t i = 0; i < found.n_rows; i++)
        add_row(req, rows, &found.rows[i], live);
    json_object_put(live);
    page_text(page, "q", list.q);
    page_flag(page, "is_filtered", list.q[0] || list.show[0] || list.access[0]);
    page_flag(page, "has_groups", found.n_rows > 0);
    page_number(page, "total", found.total);
    page_flag(page, "one", found.total == 1);
    add_options(page, &list);
    add_order(req, page, &list, &query);
    if (found.next)
        page_text(page, "next", link_to(req->arena, &list, list.sort, found.next));
    if (list.after[0])
        page_text(page, "first", link_to(req->arena, &list, list.sort, ""));
    page_flag(page, "may_change", principal_may_anywhere(&req->who, CAP_EDIT));
    page_flag(page, "may_create", principal_may_anywhere(&req->who, CAP_CREATE));
    page_send(res, app, 200, "groups", page);
}
