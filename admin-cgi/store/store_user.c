#include "admin-cgi/store/store_user.h"

#include <string.h>

#include "admin-cgi/store/group_change.h"
#include "admin-cgi/store/store_version.h"
#include "common/group_name.h"
#include "common/json_scan.h"

/* What the edits below need; each uses some of it. */
struct user_change {
    const char *user; /* NULL: the wildcard user */
    const struct precondition *condition;
    struct json_object *value;
    const struct password *must_have;
    const struct user_edit *edit;
    struct db *db;
    struct arena arena;
    bool is_new;
};

static int no_such_user(struct error *e)
{
    return error_set(e, ERR_NOT_FOUND, NULL, "there is no such user");
}

static int edit_permissions(struct group_text *g, const struct file_state *now, void *arg,
                            struct error *e)
{
    struct user_change *c = arg;
    struct json_object *user;
    int r;

    c->is_new = !group_text_user(g->desc, c->user);
    r = precondition_check(c->condition, c->is_new ? "" : now->etag, e);
    if (r < 0)
        return r;
    if (!c->is_new)
        return group_text_set_user(g, c->user, "permissions", c->value, e);
    user = json_object_new_object();
    if (!user)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for a user");
    if (c->value)
        json_object_object_add(user, "permissions", json_object_get(c->value));
    r = group_text_set_user(g, c->user, NULL, user, e);
    json_object_put(user);
    return r;
}

static int edit_deleted(struct group_text *g, const struct file_state *now, void *arg,
                        struct error *e)
{
    struct user_change *c = arg;
    int r = group_text_user(g->desc, c->user) ? precondition_check(c->condition, now->etag, e)
                                              : no_such_user(e);

    return r < 0 ? r : group_text_set_user(g, c->user, NULL, NULL, e);
}

/* The same stored password? A user proved one password; another may stand there by now. */
static bool same_password(const struct password *a, const struct password *b)
{
    struct json_object *x = password_to_json(a), *y = password_to_json(b);
    bool same = x && y && json_object_equal(x, y);

    json_object_put(x);
    json_object_put(y);
    return same;
}

static int edit_password(struct group_text *g, const struct file_state *now, void *arg,
                         struct error *e)
{
    struct user_change *c = arg;
    const struct group_user *user = group_text_user(g->desc, c->user);

    (void)now;
    if (!user)
        return no_such_user(e);
    if (c->must_have && !same_password(&user->password, c->must_have))
        return error_set(e, ERR_PRECONDITION, NULL, "the password was changed meanwhile");
    return group_text_set_user(g, c->user, "password", c->value, e);
}

/* ---- the console's form: everything of one user at once ---- */

static bool same_json(struct json_object *x, struct json_object *y)
{
    bool same = json_object_equal(x, y);

    json_object_put(x);
    json_object_put(y);
    return same;
}

static bool same_user(const struct group_user *a, const struct group_user *b)
{
    if (!a || !b)
        return a == b;
    return same_json(password_to_json(&a->password), password_to_json(&b->password)) &&
           same_json(permission_spec_to_json(&a->permissions),
                     permission_spec_to_json(&b->permissions));
}

/* Is the user still what the form was made from? */
static int check_base(struct user_change *c, const struct file_state *now,
                      const struct group_desc *present, struct error *e)
{
    struct group_desc *base = NULL;
    struct version version;
    struct span text;
    bool same;
    int r;

    if (!c->edit->base_seq || c->edit->base_seq == now->head_seq)
        return 0;
    r = store_version_get(c->db, &c->arena, now->id, c->edit->base_seq, &version, &text, e);
    if (r == 0)
        r = group_desc_parse(&base, text, e);
    if (r < 0)
        return r == ERR_NOT_FOUND ? ERR_PRECONDITION : r;
    same = same_user(group_text_user(base, c->edit->user), group_text_user(present, c->edit->user));
    group_desc_unref(base);
    return same ? 0 : error_set(e, ERR_PRECONDITION, NULL, "this user was changed meanwhile");
}

static int set_members(struct group_text *g, const struct user_edit *edit, struct error *e)
{
    struct json_object *empty = NULL;
    int r = 0;

    if (!group_text_user(g->desc, edit->user)) {
        empty = json_object_new_object();
        r = empty ? group_text_set_user(g, edit->user, NULL, empty, e) : ERR_NO_MEMORY;
        json_object_put(empty);
    }
    if (r == 0)
        r = group_text_set_user(g, edit->user, "permissions", edit->permissions, e);
    if (r == 0 && edit->sets_password)
        r = group_text_set_user(g, edit->user, "password", edit->password, e);
    return r;
}

/* The whole object moves, with members that we do not know. */
static int move_user(struct group_text *g, const struct user_edit *edit, struct error *e)
{
    struct json_object *root = NULL, *user = NULL;
    int r = json_scan_parse(&root, buf_span(&g->text), &json_limits_file, e);

    if (r < 0)
        return r;
    json_object_object_foreach(root, name, value)
    {
        if (span_eq_nocase(span_str(name), span_str("users")))
            json_object_object_get_ex(value, edit->user, &user);
    }
    r = user ? group_text_set_user(g, edit->to, NULL, user, e)
             : error_set(e, ERR_WRONG_STATE, NULL, "this user cannot be renamed");
    if (r == 0)
        r = group_text_set_user(g, edit->user, NULL, NULL, e);
    json_object_put(root);
    return r;
}

static int edit_whole(struct group_text *g, const struct file_state *now, void *arg,
                      struct error *e)
{
    struct user_change *c = arg;
    const struct user_edit *edit = c->edit;
    bool moves = edit->to && edit->user && strcmp(edit->to, edit->user) != 0;
    int r = check_base(c, now, g->desc, e);

    if (r == 0 && ((edit->must_be_new && group_text_user(g->desc, edit->user)) ||
                   (moves && group_text_user(g->desc, edit->to))))
        r = error_set(e, ERR_EXISTS, NULL, "there is a user of this name");
    if (r == 0)
        r = set_members(g, edit, e);
    if (r == 0 && moves)
        r = move_user(g, edit, e);
    return r;
}

/* ---- all of them: a change of the group's file ---- */

static int change(struct db *db, const char *group, const struct actor *actor, const char *action,
                  group_edit_fn *edit, struct user_change *arg, struct file_result *out,
                  struct error *e)
{
    struct group_change c = {.name = group,
                             .actor = actor,
                             .action = action,
                             .must_exist = true,
                             .edit = edit,
                             .arg = arg};
    int r = group_name_check(span_str(group), e);

    if (r == 0 && arg->user)
        r = user_name_check(span_str(arg->user), e);
    if (r < 0)
        return r;
    arg->db = db;
    c.summary = arena_printf(&arg->arena, "%s %s", action, arg->user ? arg->user : "*");
    r = group_change(db, &c, out, e);
    if (r == 0 && out)
        out->created = arg->is_new;
    arena_release(&arg->arena);
    return r;
}

int store_user_edit(struct db *db, const char *group, const struct user_edit *edit,
                    const struct actor *actor, struct file_result *out, struct error *e)
{
    struct user_change arg = {.user = edit->user, .edit = edit};
    int r = edit->to ? user_name_check(span_str(edit->to), e) : 0;

    return r < 0 ? r : change(db, group, actor, "user.edit", edit_whole, &arg, out, e);
}

int store_user_set_permissions(struct db *db, const char *group, const char *user,
                               const struct precondition *condition,
                               struct json_object *permissions, const struct actor *actor,
                               struct file_result *out, struct error *e)
{
    struct user_change arg = {.user = user, .condition = condition, .value = permissions};

    return change(db, group, actor, "user.put", edit_permissions, &arg, out, e);
}

int store_user_delete(struct db *db, const char *group, const char *user,
                      const struct precondition *condition, const struct actor *actor,
                      struct file_result *out, struct error *e)
{
    struct user_change arg = {.user = user, .condition = condition};

    return change(db, group, actor, "user.delete", edit_deleted, &arg, out, e);
}

int store_user_set_password(struct db *db, const char *group, const char *user,
                            struct json_object *password, const struct password *must_have,
                            const struct actor *actor, struct file_result *out, struct error *e)
{
    struct user_change arg = {.user = user, .value = password, .must_have = must_have};

    return change(db, group, actor, password ? "password.put" : "password.delete", edit_password,
                  &arg, out, e);
}
