#include "admin-cgi/handlers/page_people.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/user_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/group_index.h"
#include "admin-cgi/store/store_group_list.h"
#include "common/macros.h"

#define ROWS_PER_PAGE 50

/** The query as it came; every pointer is "" when absent. */
struct people_query {
    const char *q, *group, *user; /* the last two: behind whom the page begins */
};

static int read_query(struct request *req, struct people_query *out, struct error *e)
{
    const struct request_field fields[] = {
        {"q", &out->q}, {"group", &out->group}, {"user", &out->user}};

    return request_queries(req, fields, LENGTH(fields), e);
}

/* The words of the index as the group's own pages have them. */
static const char *may_label(struct arena *a, const char *permissions)
{
    struct permission_spec spec = {.role = ROLE_NONE};

    if (strcmp(permissions, "custom") == 0)
        return say(a, "single permissions");
    return permission_role_find(&spec.role, permissions) ? group_view_role(a, &spec)
                                                         : say(a, "nothing");
}

static const char *password_label(const char *kind)
{
    for (int type = PASSWORD_NONE; type <= PASSWORD_BAD; type++) {
        const struct password password = {.type = (enum password_type)type};

        if (strcmp(password_kind_name(password.type), kind) == 0)
            return group_view_password(&password);
    }
    return kind;
}

static void add_match(struct request *req, struct json_object *list, const struct user_match *match)
{
    struct json_object *row = page_row(list);
    bool may_edit = principal_may(&req->who, match->group, CAP_EDIT);
    bool is_any = strcmp(match->password_kind, "wildcard") == 0;

    page_text(row, "user", user_view_label(req->arena, match->user));
    page_text(row, "group", match->group);
    page_text(row, "group_path", page_group_path(req->arena, match->group, ""));
    page_text(row, "path",
              may_edit ? user_view_path(req->arena, match->group, match->user, "") : NULL);
    page_text(row, "search_path",
              match->user[0] ? arena_printf(req->arena, "/admin/people?q=%s",
                                            page_encode(req->arena, match->user, false))
                             : NULL);
    page_text(row, "may", may_label(req->arena, match->permissions));
    page_text(row, "password", say(req->arena, password_label(match->password_kind)));
    page_flag(row, "is_weak", match->is_weak && !is_any);
    page_flag(row, "is_open", is_any);
}

void page_people(struct request *req, struct response *res, struct app *app)
{
    struct people_query query = {0};
    struct group_query allowed = {0};
    struct user_match after = {0};
    struct user_match *matches = NULL;
    struct json_object *page, *list;
    struct error e = {0};
    size_t n = 0, shown;
    int r = read_query(req, &query, &e);

    if (r < 0) {
        page_error(req, res, app, 400, &e);
        return;
    }
    group_view_restrict(req, &allowed);
    after.group = query.group;
    after.user = query.user;
    r = store_user_search(app->db, req->arena, query.q, allowed.scopes, allowed.n_scopes, &after,
                          ROWS_PER_PAGE + 1, &matches, &n, &e);
    if (r < 0) {
        group_view_failed(req, res, app, r, &e);
        return;
    }
    page = page_new(req, res, app, "People", "people");
    list = page_list(page, "people");
    shown = n > ROWS_PER_PAGE ? ROWS_PER_PAGE : n;
    for (size_t i = 0; i < shown; i++)
        add_match(req, list, &matches[i]);
    page_text(page, "q", query.q);
    for (size_t i = 0; query.q[0] && i < shown; i++) {
        if (strcmp(matches[i].user, query.q) == 0 &&
            principal_may(&req->who, matches[i].group, CAP_EDIT))
            page_text(page, "whole_name", query.q);
    }
    page_flag(page, "is_filtered", query.q[0] != 0);
    page_flag(page, "has_people", n > 0);
    if (n > shown)
        page_text(page, "next",
                  arena_printf(req->arena, "/admin/people?q=%s&group=%s&user=%s",
                               page_encode(req->arena, query.q, false),
                               page_encode(req->arena, matches[shown - 1].group, false),
                               page_encode(req->arena, matches[shown - 1].user, false)));
    page_send(res, app, 200, "people", page);
}
