#include "admin-cgi/handlers/page_groups_tree.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/group_row_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_group_list.h"
#include "common/group_name.h"
#include "common/now.h"

#define TREE_PATH "/admin/groups/.tree"
#define CHILDREN_MAX 50 /* of one group; the list has the rest */
#define DEPTH_MAX 8     /* of what is unfolded */

struct tree {
    struct request *req;
    struct app *app;
    struct json_object *rows;
    struct json_object *live; /* owned; NULL: not known */
    const char *open;         /* unfolded as far as here; "": nothing is */
    struct group_query scope;
};

static bool is_at_or_below(const char *name, const char *ancestor)
{
    return strcmp(name, ancestor) == 0 || group_name_is_below(span_str(name), span_str(ancestor));
}

/* People in a group and in those below it. */
static int64_t people_below(const struct tree *t, const char *name)
{
    size_t n = t->live ? json_object_array_length(t->live) : 0;
    int64_t people = 0;

    for (size_t i = 0; i < n; i++) {
        struct json_object *group = json_object_array_get_idx(t->live, i);
        const char *live = json_object_get_string(json_object_object_get(group, "name"));

        if (live && is_at_or_below(live, name))
            people += json_object_get_int64(json_object_object_get(group, "members"));
    }
    return people;
}

static const char *link_to(struct arena *a, const char *open)
{
    return arena_printf(a, TREE_PATH "?open=%s", page_encode(a, open, false));
}

/* Is it the group that is unfolded, or above that? */
static bool is_unfolded(const struct tree *t, const char *name)
{
    return *t->open && is_at_or_below(t->open, name);
}

static void add_fold(struct tree *t, struct json_object *row, const struct group_child *child,
                     const char *parent)
{
    struct arena *a = t->req->arena;
    bool is_open = is_unfolded(t, child->name);

    page_flag(row, "is_fold", true);
    page_flag(row, "is_open", is_open);
    page_text(row, "fold_path", link_to(a, is_open ? parent : child->name));
    page_number(row, "n_below", child->n_below);
    page_text(row, "list_path",
              arena_printf(a, "/admin/groups/?below=%s", page_encode(a, child->name, false)));
    page_number(row, "people", people_below(t, child->name));
}

static struct json_object *add_child(struct tree *t, const struct group_child *child,
                                     const char *parent, int depth)
{
    struct json_object *row = page_row(t->rows);

    if (child->is_group)
        group_row_add(t->req, row, &child->group, t->live);
    page_text(row, "name", child->name);
    page_text(row, "last", child->name + (*parent ? strlen(parent) + 1 : 0));
    page_flag(row, "is_group", child->is_group);
    page_number(row, "depth", depth);
    if (child->n_below)
        add_fold(t, row, child, parent);
    return row;
}

static void add_more(struct tree *t, const char *parent, int depth)
{
    struct json_object *row = page_row(t->rows);

    page_flag(row, "is_more", true);
    page_number(row, "depth", depth);
    page_text(row, "list_path",
              arena_printf(t->req->arena, "/admin/groups/?below=%s",
                           page_encode(t->req->arena, parent, false)));
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as DEPTH_MAX */
static int add_children(struct tree *t, const char *parent, int depth, struct error *e)
{
    struct group_child *children;
    size_t n = 0;
    int r = store_group_children(t->app->db, t->req->arena, parent, t->scope.scopes,
                                 t->scope.n_scopes, CHILDREN_MAX + 1, &children, &n, e);

    for (size_t i = 0; r == 0 && i < n; i++) {
        if (i == CHILDREN_MAX) {
            add_more(t, parent, depth);
            break;
        }
        add_child(t, &children[i], parent, depth);
        if (children[i].n_below && depth < DEPTH_MAX && is_unfolded(t, children[i].name))
            r = add_children(t, children[i].name, depth + 1, e);
    }
    return r;
}

void page_groups_tree(struct request *req, struct response *res, struct app *app)
{
    struct json_object *page = page_new(req, res, app, "Groups as a tree", "groups");
    struct tree t = {.req = req, .app = app, .rows = page_list(page, "rows")};
    struct error e = {0};
    int r;

    group_view_restrict(req, &t.scope);
    r = request_query(req, "open", &t.open, &e);
    if (!t.open)
        t.open = "";
    t.live = group_view_live(req, app, page, US_PER_S);
    if (r == 0)
        r = add_children(&t, "", 0, &e);
    json_object_put(t.live);
    if (r < 0) {
        page_error(req, res, app, r == ERR_INVALID ? 400 : err_http_status(r), &e);
        return;
    }
    page_flag(page, "has_rows", t.rows && json_object_array_length(t.rows) > 0);
    page_flag(page, "may_create", principal_may_anywhere(&req->who, CAP_CREATE));
    page_send(res, app, 200, "groups_tree", page);
}
