/* Users of a group: permissions, passwords, names. */
#include <string.h>

#include "admin-cgi/store/group_text.h"
#include "admin-cgi/store/store_group.h"
#include "common/group_name.h"

struct user_change {
    const char *user; /* NULL: the wildcard user */
    const char *to;   /* new name */
    const struct precondition *condition;
    struct json_object *value;
    const struct password *must_have;
    bool existed;
};

static int make_user(struct buf *out, struct group_text *g, int r)
{
    if (r == 0)
        buf_add_span(out, buf_span(&g->text));
    group_text_release(g);
    return r;
}

static int open_group(struct group_text *g, const struct file_state *now, struct error *e)
{
    if (!file_exists(now))
        return error_set(e, ERR_NOT_FOUND, NULL, "there is no such group");
    return group_text_open(g, now->text, e);
}

static int no_such_user(struct error *e)
{
    return error_set(e, ERR_NOT_FOUND, NULL, "there is no such user");
}

static int make_permissions(struct buf *out, const struct file_state *now, void *arg,
                            struct error *e)
{
    struct user_change *c = arg;
    struct group_text g;
    int r = open_group(&g, now, e);

    if (r < 0)
        return r;
    c->existed = group_text_user(g.desc, c->user) != NULL;
    r = precondition_check(c->condition, c->existed ? now->etag : "", e);
    if (r == 0 && !c->existed) {
        struct json_object *user = json_object_new_object();

        r = user ? 0 : error_set(e, ERR_NO_MEMORY, NULL, "no memory for a user");
        if (r == 0 && c->value)
            json_object_object_add(user, "permissions", json_object_get(c->value));
        if (r == 0)
            r = group_text_set_user(&g, c->user, NULL, user, e);
        json_object_put(user);
    } else if (r == 0) {
        r = group_text_set_user(&g, c->user, "permissions", c->value, e);
    }
    return make_user(out, &g, r);
}

static int make_deleted(struct buf *out, const struct file_state *now, void *arg, struct error *e)
{
    struct user_change *c = arg;
    struct group_text g;
    int r = open_group(&g, now, e);

    if (r < 0)
        return r;
    c->existed = group_text_user(g.desc, c->user) != NULL;
    r = c->existed ? precondition_check(c->condition, now->etag, e) : no_such_user(e);
    if (r == 0)
        r = group_text_set_user(&g, c->user, NULL, NULL, e);
    return make_user(out, &g, r);
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

static int make_password(struct buf *out, const struct file_state *now, void *arg, struct error *e)
{
    struct user_change *c = arg;
    const struct group_user *user;
    struct group_text g;
    int r = open_group(&g, now, e);

    if (r < 0)
        return r;
    user = group_text_user(g.desc, c->user);
    if (!user)
        r = no_such_user(e);
    else if (c->must_have && !same_password(&user->password, c->must_have))
        r = error_set(e, ERR_PRECONDITION, NULL, "the password was changed meanwhile");
    if (r == 0)
        r = group_text_set_user(&g, c->user, "password", c->value, e);
    return make_user(out, &g, r);
}

static int make_renamed(struct buf *out, const struct file_state *now, void *arg, struct error *e)
{
    struct user_change *c = arg;
    struct json_object *users, *json = NULL;
    struct group_text g;
    int r = open_group(&g, now, e);

    if (r < 0)
        return r;
    if (!group_text_user(g.desc, c->user))
        r = no_such_user(e);
    else if (group_text_user(g.desc, c->to))
        r = error_set(e, ERR_EXISTS, NULL, "there is a user of this name");
    if (r == 0) {
        users = group_text_get(&g, "users");
        if (!users || !json_object_object_get_ex(users, c->user, &json))
            r = error_set(e, ERR_WRONG_STATE, NULL, "this user stands in an obsolete member");
    }
    /* The value is borrowed from the description, which the edits below replace. */
    json = json_object_get(json);
    if (r == 0)
        r = group_text_set_user(&g, c->to, NULL, json, e);
    if (r == 0)
        r = group_text_set_user(&g, c->user, NULL, NULL, e);
    json_object_put(json);
    return make_user(out, &g, r);
}

static int change(struct db *db, const char *group, const struct actor *actor, const char *action,
                  int (*make)(struct buf *, const struct file_state *, void *, struct error *),
                  struct user_change *arg, struct file_result *out, struct error *e)
{
    struct arena arena = {0};
    struct file_change c = {.kind = FILE_GROUP,
                            .name = group,
                            .actor = actor,
                            .action = action,
                            .make = make,
                            .arg = arg};
    int r = group_name_check(span_str(group), e);

    if (r == 0 && arg->user)
        r = user_name_check(span_str(arg->user), e);
    if (r < 0)
        return r;
    c.summary = arena_printf(&arena, "%s %s", action, arg->user ? arg->user : "*");
    c.object = group;
    r = store_file_change(db, &c, out, e);
    if (r == 0 && out)
        out->created = !arg->existed;
    arena_release(&arena);
    return r;
}

int store_user_set_permissions(struct db *db, const char *group, const char *user,
                               const struct precondition *condition,
                               struct json_object *permissions, const struct actor *actor,
                               struct file_result *out, struct error *e)
{
    struct user_change arg = {.user = user, .condition = condition, .value = permissions};

    return change(db, group, actor, "user.put", make_permissions, &arg, out, e);
}

int store_user_delete(struct db *db, const char *group, const char *user,
                      const struct precondition *condition, const struct actor *actor,
                      struct file_result *out, struct error *e)
{
    struct user_change arg = {.user = user, .condition = condition};

    return change(db, group, actor, "user.delete", make_deleted, &arg, out, e);
}

int store_user_set_password(struct db *db, const char *group, const char *user,
                            struct json_object *password, const struct password *must_have,
                            const struct actor *actor, struct file_result *out, struct error *e)
{
    struct user_change arg = {
        .user = user, .value = password, .must_have = must_have, .existed = true};

    return change(db, group, actor, password ? "password.put" : "password.delete", make_password,
                  &arg, out, e);
}

int store_user_rename(struct db *db, const char *group, const char *user, const char *to,
                      const struct actor *actor, struct file_result *out, struct error *e)
{
    struct user_change arg = {.user = user, .to = to, .existed = true};
    int r = user_name_check(span_str(to), e);

    return r < 0 ? r : change(db, group, actor, "user.rename", make_renamed, &arg, out, e);
}
