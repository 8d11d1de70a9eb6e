#include "admin-cgi/handlers/page_users_copy.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/page_groups_bulk.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/store/store_batch.h"

struct copy {
    struct form form;
    struct group_record from, to;
    const struct group_user **users; /* that are copied */
    size_t n;
};

/* Users with a name; of a form that was sent, those that it chose are ticked. */
static void show(struct request *req, struct response *res, struct app *app, struct form_view *v,
                 const struct group_desc *desc, const struct form *form)
{
    struct json_object *list = page_list(v->page, "users");

    for (size_t i = 0; i < desc->n_users; i++) {
        const struct group_user *user = &desc->users[i];
        struct json_object *row;

        if (!user->name[0])
            continue;
        row = page_row(list);
        page_text(row, "name", user->name);
        page_number(row, "number", (int64_t)i);
        page_text(row, "role", group_view_role(req->arena, &user->permissions));
        page_flag(row, "is_ticked", !form || form_has_value(form, "user", user->name));
    }
    page_flag(v->page, "asks", true);
    page_flag(v->page, "has_users", list && json_object_array_length(list) > 0);
    page_text(v->page, "to", form ? form_text(form, "to") : "");
    page_send(res, app, form_view_has_problems(v) ? 422 : 200, "users_copy", v->page);
}

void page_users_copy(struct request *req, struct response *res, struct app *app)
{
    struct group_record group;
    struct form_view v = {0};

    if (!group_view_load_clean(req, res, app, &group))
        return;
    v.page = group_view_page(req, res, app, &group, "users", "Copy users");
    show(req, res, app, &v, group.desc, NULL);
}

/* ---- the copy ---- */

static int add_users(struct group_text *g, const struct file_state *now, void *arg, struct error *e)
{
    const struct copy *c = arg;
    int r = 0;

    (void)now;
    for (size_t i = 0; r == 0 && i < c->n; i++) {
        struct json_object *json;

        if (group_text_user(g->desc, c->users[i]->name))
            continue;
        json = group_text_user_json(c->users[i]);
        r = json ? group_text_set_user(g, c->users[i]->name, NULL, json, e) : ERR_NO_MEMORY;
        json_object_put(json);
    }
    return r;
}

/* The group of the field; what is wrong with it is noted. */
static void find_target(struct request *req, struct app *app, struct form_view *v, struct copy *c)
{
    const char *to = form_text(&c->form, "to");
    struct error e = {0};

    if (!*to)
        form_view_problem(v, "to", "Write the name of a group.");
    else if (strcmp(to, c->from.file.name) == 0)
        form_view_problem(v, "to", "This is the group that they are in.");
    else if (!principal_may(&req->who, to, CAP_EDIT) ||
             store_group_get(app->db, req->arena, to, req->now_us, &c->to, &e) < 0)
        form_view_problem(v, "to", "There is no such group that you may change.");
    else if (file_is_unclean(&c->to.file) || c->to.file.status == FILE_READONLY)
        form_view_problem(v, "to", "Its file must be corrected by hand, or cannot be written.");
}

static void find_users(struct request *req, struct form_view *v, struct copy *c)
{
    const struct group_desc *desc = c->from.desc;

    c->users = arena_array(req->arena, desc->n_users + 1, sizeof *c->users);
    for (size_t i = 0; c->users && i < desc->n_users; i++) {
        if (desc->users[i].name[0] && form_has_value(&c->form, "user", desc->users[i].name))
            c->users[c->n++] = &desc->users[i];
    }
    if (c->n == 0)
        form_view_problem(v, "users", "Tick at least one user.");
}

static void preview(struct request *req, struct response *res, struct app *app, struct form_view *v,
                    const struct copy *c)
{
    struct json_object *list = page_list(v->page, "copied");
    int64_t n_new = 0;

    for (size_t i = 0; i < c->n; i++) {
        struct json_object *row = page_row(list);
        bool is_there = group_desc_user(c->to.desc, span_str(c->users[i]->name));

        page_text(row, "name", c->users[i]->name);
        page_text(row, "role", group_view_role(req->arena, &c->users[i]->permissions));
        page_flag(row, "is_there", is_there);
        n_new += !is_there;
    }
    page_text(v->page, "to", c->to.file.name);
    page_number(v->page, "n_users", n_new);
    page_flag(v->page, "has_edits", n_new > 0);
    page_send(res, app, 200, "users_copy", v->page);
}

static void carry_out(struct request *req, struct response *res, struct app *app, struct copy *c,
                      const struct actor *actor)
{
    const struct batch_edit edit = {.name = c->to.file.name, .more = add_users, .more_arg = c};
    struct batch_result result;
    struct error e = {0};
    int r = store_batch(app->db, &edit, 1, actor, true, &result, &e);

    if (form_came_second(req, res, app, actor, r))
        return;
    if (r < 0)
        group_view_failed(req, res, app, r, &e);
    else
        page_done(req, res, app, page_group_path(req->arena, c->to.file.name, ".users/"),
                  say_with(req->arena, "Users were copied from {group}.", "group",
                           c->from.file.name, NULL),
                  page_groups_undo_path(req));
}

void page_users_copy_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const single[] = {"to", "apply", NULL};
    static const char *const repeated[] = {"user", NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct copy c = {0};
    struct form_view v = {0};

    if (form_of_request(req, res, app, &c.form, single, repeated) < 0 ||
        !group_view_load_clean(req, res, app, &c.from) ||
        (form_has(&c.form, "apply") &&
         form_was_used(req, res, app, &c.form, &actor,
                       page_group_path(req->arena, c.from.file.name, ".users/"))))
        return;
    v.page = group_view_page(req, res, app, &c.from, "users", "Copy users");
    find_target(req, app, &v, &c);
    find_users(req, &v, &c);
    if (form_view_has_problems(&v)) {
        page_text(v.page, "title", say(req->arena, "Error: copy users"));
        show(req, res, app, &v, c.from.desc, &c.form);
    } else if (form_has(&c.form, "apply")) {
        carry_out(req, res, app, &c, &actor);
    } else {
        preview(req, res, app, &v, &c);
    }
}
