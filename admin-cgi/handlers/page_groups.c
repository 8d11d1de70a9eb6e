#include "admin-cgi/handlers/page_groups.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_row_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/page_group_new.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/group_index.h"
#include "admin-cgi/store/metrics_db.h"
#include "admin-cgi/store/store_group_list.h"
#include "admin-cgi/store/store_metrics.h"
#include "common/macros.h"
#include "common/now.h"

#define ROWS_PER_PAGE 50
#define UNUSED_US (90 * US_PER_DAY) /* as long as the use of single groups is kept */

/** The query as it came; every pointer is "" when absent. */
struct list_query {
    const char *q, *show, *access, *below, *sort, *after;
};

static const struct {
    const char *word;
    const char *label;
} shows[] = {{"", TEXT("All groups")},
             {"public", TEXT("Public")},
             {"live", TEXT("With people inside")},
             {"locked", TEXT("Locked now")},
             {"not-yet", TEXT("Not open yet")},
             {"closed", TEXT("Closed by their time")},
             {"subgroups", TEXT("With automatic subgroups")},
             {"recording", TEXT("That may be recorded")},
             {"problems", TEXT("With a problem")},
             {"weak", TEXT("With weak or plain text passwords")},
             {"unused", TEXT("Not used for 90 days")}};

static int read_query(struct request *req, struct list_query *out, struct error *e)
{
    const struct request_field fields[] = {{"q", &out->q},           {"show", &out->show},
                                           {"access", &out->access}, {"below", &out->below},
                                           {"sort", &out->sort},     {"after", &out->after}};

    return request_queries(req, fields, LENGTH(fields), e);
}

/* Does the index know it? What is live, and what was used, others know. */
static bool is_state(const char *show)
{
    static const char *const states[] = {"not-yet", "closed", "subgroups", "recording"};

    for (size_t i = 0; i < LENGTH(states); i++) {
        if (strcmp(states[i], show) == 0)
            return true;
    }
    return false;
}

/* The names of live groups, or of locked ones, as a JSON array; "[]" where that is not known. */
static const char *live_names(struct arena *a, struct json_object *live, bool locked)
{
    struct json_object *names = arena_json(a, json_object_new_array());

    for (size_t i = 0; live && names && i < json_object_array_length(live); i++) {
        struct json_object *group = json_object_array_get_idx(live, i);
        bool is_locked = json_object_get_boolean(json_object_object_get(group, "locked"));
        bool has_people = json_object_get_int64(json_object_object_get(group, "members")) > 0;

        if (locked ? is_locked : has_people)
            json_object_array_add(names, json_object_get(json_object_object_get(group, "name")));
    }
    return names ? arena_str(a, json_object_to_json_string(names)) : "[]";
}

/* What the database of groups does not know. */
static int add_names(struct request *req, struct app *app, struct json_object *page,
                     const struct list_query *list, struct json_object *live,
                     struct group_query *query, struct error *e)
{
    struct db *metrics = metrics_db_reader(app->metrics);
    bool is_locked = strcmp(list->show, "locked") == 0;
    int r;

    if (is_locked || strcmp(list->show, "live") == 0)
        query->names = live_names(req->arena, live, is_locked);
    if (strcmp(list->show, "unused") != 0)
        return 0;
    query->at_us = req->now_us - UNUSED_US;
    r = metrics ? store_usage_names(metrics, req->arena, query->at_us, &query->unused_but, e)
                : ERR_NOT_FOUND;
    if (r != ERR_NOT_FOUND)
        return r;
    query->names = "[]";
    page_flag(page, "is_use_unknown", true);
    return 0;
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
        .state = list->show,
        .at_us = req->now_us,
        .below = list->below,
        .access = -1,
        .sort = strstr(list->sort, "changed") ? GROUP_SORT_CHANGED : GROUP_SORT_NAME,
        .descending = list->sort[0] == '-',
        .after = list->after,
        .limit = ROWS_PER_PAGE,
    };

    if (!is_state(list->show))
        query.state = NULL;
    for (int kind = ACCESS_KIND_NONE; kind <= ACCESS_KIND_REDIRECT; kind++) {
        if (strcmp(list->access, access_kind_name((enum access_kind)kind)) == 0)
            query.access = kind;
    }
    group_view_restrict(req, &query);
    return query;
}

/* The same list with another order or place. */
static const char *link_to(struct arena *a, const struct list_query *list, const char *sort,
                           const char *after)
{
    return arena_printf(a, "/admin/groups/?q=%s&show=%s&access=%s&below=%s&sort=%s&after=%s",
                        page_encode(a, list->q, false), page_encode(a, list->show, false),
                        page_encode(a, list->access, false), page_encode(a, list->below, false),
                        page_encode(a, sort, false), page_encode(a, after, false));
}

static void add_options(struct json_object *page, const struct list_query *list)
{
    struct json_object *options = page_list(page, "shows");

    for (size_t i = 0; i < LENGTH(shows); i++)
        form_option(options, shows[i].word, say(page_arena(page), shows[i].label), NULL,
                    list->show);
    options = page_list(page, "accesses");
    for (int kind = ACCESS_KIND_NONE; kind <= ACCESS_KIND_REDIRECT; kind++)
        form_option(options, access_kind_name((enum access_kind)kind),
                    say(page_arena(page), group_row_access((enum access_kind)kind)), NULL,
                    list->access);
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

    if (r < 0) {
        page_error(req, res, app, r == ERR_INVALID ? 400 : err_http_status(r), &e);
        return;
    }
    live = group_view_live(req, app, page, US_PER_S);
    if (r == 0) {
        query = to_store(req, &list);
        r = add_names(req, app, page, &list, live, &query, &e);
    }
    if (r == 0) {
        r = store_group_list(app->db, req->arena, &query, &found, &e);
    }
    if (r < 0) {
        json_object_put(live);
        page_error(req, res, app, r == ERR_INVALID ? 400 : err_http_status(r), &e);
        return;
    }
    for (size_t i = 0; i < found.n_rows; i++)
        group_row_add(req, page_row(rows), &found.rows[i], live);
    json_object_put(live);
    page_text(page, "q", list.q);
    page_text(page, "below", list.below);
    page_flag(page, "is_filtered", list.q[0] || list.show[0] || list.access[0] || list.below[0]);
    page_flag(page, "has_groups", found.n_rows > 0);
    page_text(page, "total",
              say_count(req->arena, "{n} groups", "{n} group", (uint64_t)found.total));
    add_options(page, &list);
    add_order(req, page, &list, &query);
    if (found.next)
        page_text(page, "next", link_to(req->arena, &list, list.sort, found.next));
    if (list.after[0])
        page_text(page, "first", link_to(req->arena, &list, list.sort, ""));
    page_flag(page, "may_change", principal_may_anywhere(&req->who, CAP_EDIT));
    page_flag(page, "may_create", principal_may_anywhere(&req->who, CAP_CREATE));
    if (found.n_rows == 0)
        page_group_starters(page, "");
    page_send(res, app, 200, "groups", page);
}
