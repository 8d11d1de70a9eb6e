#include "admin-cgi/handlers/page_users.h"

#include <stdlib.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/user_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_group.h"
#include "admin-cgi/store/store_user.h"
#include "admin-cgi/store/store_user_join.h"
#include "common/log.h"

static const struct log_ctx ctx = {.room = "users"};

/* What is known of when each user came in. */
struct joins {
    struct user_join *rows;
    size_t n;
    bool are_known;
};

static struct joins read_joins(struct request *req, struct app *app, struct json_object *page,
                               const struct group_record *group)
{
    struct joins joins = {0};
    struct error e = {0};
    int64_t since_us = 0;
    int r = store_user_join_list(app->db, req->arena, group->file.id, &joins.rows, &joins.n, &e);

    if (r == 0)
        r = store_user_join_since(app->db, &since_us, &e);
    if (r < 0)
        log_warn(&ctx, "when users came in was not read: %s", e.text);
    joins.are_known = r == 0;
    page_flag(page, "has_joins", joins.are_known);
    page_time(page, "joins_since", since_us);
    return joins;
}

static int by_user(const void *a, const void *b)
{
    const struct user_join *x = a, *y = b;

    return strcmp(x->user, y->user);
}

static void add_joined(struct json_object *row, const struct joins *joins, const char *name)
{
    const struct user_join key = {.user = name}, *found = NULL;

    if (joins->are_known && joins->n && name && *name)
        found = bsearch(&key, joins->rows, joins->n, sizeof *joins->rows, by_user);
    page_time(row, "joined", found ? found->at_us : 0);
    page_flag(row, "never", joins->are_known && name && *name && !found);
}

static void add_user(struct request *req, struct json_object *list, const char *group,
                     const struct group_user *user, const struct joins *joins)
{
    struct json_object *row = page_row(list);
    enum password_type type = user->password.type;

    add_joined(row, joins, user->name);
    page_text(row, "label", user_view_label(req->arena, user->name));
    page_flag(row, "is_special", !user->name || !*user->name);
    page_text(row, "path", user_view_path(req->arena, group, user->name, ""));
    page_text(row, "delete_path", user_view_path(req->arena, group, user->name, "/.delete"));
    page_text(row, "role", group_view_role(req->arena, &user->permissions));
    page_text(row, "password", say(req->arena, group_view_password(&user->password)));
    page_flag(row, "is_weak",
              type != PASSWORD_NONE && type != PASSWORD_WILDCARD && type != PASSWORD_BAD &&
                  password_is_weak(&user->password));
    page_flag(row, "is_open", type == PASSWORD_WILDCARD);
    page_flag(row, "is_bad", type == PASSWORD_BAD);
    page_text(row, "problem",
              type == PASSWORD_BAD ? say_reported(req->arena, user->password.problem) : NULL);
}

void page_users(struct request *req, struct response *res, struct app *app)
{
    struct group_record group;
    struct json_object *page;
    struct json_object *list;
    const struct group_desc *d;
    struct joins joins;

    if (!group_view_load(req, res, app, &group))
        return;
    d = group.desc;
    page = group_view_page(req, res, app, &group, "users", "Users");
    list = page_list(page, "users");
    joins = read_joins(req, app, page, &group);
    for (size_t i = 0; i < d->n_users; i++)
        add_user(req, list, group.file.name, &d->users[i], &joins);
    if (d->wildcard)
        add_user(req, list, group.file.name, d->wildcard, &joins);
    page_text(page, "link_name", page_encode(req->arena, group.file.name, false));
    page_flag(page, "has_users", d->n_users || d->wildcard);
    page_flag(page, "has_wildcard", d->wildcard);
    page_flag(page, "has_empty", group_desc_user(d, span_str("")));
    page_send(res, app, 200, "users", page);
}

static bool load_user(struct request *req, struct response *res, struct app *app,
                      struct group_record *group)
{
    struct error e = {0};

    if (!group_view_load_clean(req, res, app, group))
        return false;
    if (user_view_find(group->desc, user_view_of(req)))
        return true;
    error_set(&e, ERR_NOT_FOUND, NULL, "there is no such user");
    page_error(req, res, app, 404, &e);
    return false;
}

void page_user_delete(struct request *req, struct response *res, struct app *app)
{
    const char *user = user_view_of(req);
    struct group_record group;
    struct json_object *page;

    if (!load_user(req, res, app, &group))
        return;
    page = group_view_page(req, res, app, &group, "users", "Remove a user");
    page_text(page, "user", user_view_label(req->arena, user));
    page_text(page, "action", user_view_path(req->arena, group.file.name, user, "/.delete"));
    page_send(res, app, 200, "user_delete", page);
}

void page_user_delete_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    const char *group = request_capture(req, "group");
    const char *user = user_view_of(req);
    const char *list = page_group_path(req->arena, group, ".users/");
    struct file_result result;
    struct form form;
    struct error e = {0};
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, list))
        return;
    r = store_user_delete(app->db, group, user, NULL, &actor, &result, &e);
    if (r < 0)
        group_view_failed(req, res, app, r, &e);
    else
        page_done(req, res, app, list,
                  say_with(req->arena, "Removed: {user}. Who is inside stays until they leave.",
                           "user", user_view_label(req->arena, user), NULL),
                  NULL);
}
