#include "admin-cgi/handlers/version_view.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/group_form.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/user_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/store/store_version.h"
#include "common/group_desc_json.h"
#include "common/group_field.h"

static void unref(void *object)
{
    group_desc_unref(object);
}

const struct group_desc *version_view_parse(struct arena *a, struct span text)
{
    struct group_desc *desc = NULL;

    if (group_desc_parse(&desc, text, NULL) < 0)
        return NULL;
    return arena_defer(a, unref, desc) == 0 ? desc : NULL;
}

const struct group_desc *version_view_desc(struct request *req, struct app *app, int64_t file_id,
                                           int64_t seq)
{
    struct version ignored;
    struct span text;

    if (seq < 1 || store_version_get(app->db, req->arena, file_id, seq, &ignored, &text, NULL) < 0)
        return NULL;
    return version_view_parse(req->arena, text);
}

static void add(struct json_object *list, const char *label, const char *before, const char *after)
{
    struct json_object *row = page_row(list);

    page_text(row, "label", label);
    page_text(row, "before", before);
    page_text(row, "after", after);
}

static bool same_json(struct json_object *x, struct json_object *y)
{
    bool same = x && y ? json_object_equal(x, y) : x == y;

    json_object_put(x);
    json_object_put(y);
    return same;
}

static const char *describe(struct arena *a, const struct group_user *user)
{
    return say_with(a, "{rights}; password: {password}", "rights",
                    group_view_role(a, &user->permissions), "password",
                    say(a, group_view_password(&user->password)), NULL);
}

static void compare_user(struct arena *a, struct json_object *list, const struct group_user *before,
                         const struct group_user *after)
{
    const struct group_user *any = before ? before : after;
    const char *label;
    bool same_password, same_rights;

    if (!any)
        return;
    label = say_with(a, "User {user}", "user", user_view_label(a, any->name), NULL);
    if (!before || !after) {
        add(list, label, before ? describe(a, before) : say(a, "not there"),
            after ? describe(a, after) : say(a, "removed"));
        return;
    }
    same_password =
        same_json(password_to_json(&before->password), password_to_json(&after->password));
    same_rights = same_json(permission_spec_to_json(&before->permissions),
                            permission_spec_to_json(&after->permissions));
    if (!same_rights)
        add(list, label, group_view_role(a, &before->permissions),
            group_view_role(a, &after->permissions));
    if (!same_password)
        add(list, label, say(a, group_view_password(&before->password)),
            say(a, "another password"));
}

static void compare_users(struct arena *a, struct json_object *list, const struct group_desc *from,
                          const struct group_desc *to)
{
    for (size_t i = 0; i < from->n_users; i++)
        compare_user(a, list, &from->users[i], group_desc_user(to, span_str(from->users[i].name)));
    for (size_t i = 0; i < to->n_users; i++) {
        if (!group_desc_user(from, span_str(to->users[i].name)))
            compare_user(a, list, NULL, &to->users[i]);
    }
    compare_user(a, list, from->wildcard, to->wildcard);
}

static void compare_settings(struct arena *a, struct json_object *list, struct json_object *before,
                             struct json_object *after)
{
    for (size_t i = 0; i < n_group_fields; i++) {
        const char *name = group_fields[i].name;
        struct json_object *x = json_object_object_get(before, name);
        struct json_object *y = json_object_object_get(after, name);

        if (x && y ? !json_object_equal(x, y) : x != y)
            add(list, say(a, group_form_label(name)), group_form_value(a, x),
                group_form_value(a, y));
    }
}

void version_view_changes(struct arena *a, struct json_object *list, const struct group_desc *from,
                          const struct group_desc *to)
{
    if (!from || !to) {
        add(list, say(a, "The file"), say(a, from ? "readable" : "none, or not readable"),
            say(a, to ? "readable" : "not readable"));
        return;
    }
    compare_settings(a, list, arena_json(a, group_desc_to_api(from)),
                     arena_json(a, group_desc_to_api(to)));
    compare_users(a, list, from, to);
    if (from->auth_keys && to->auth_keys ? !json_object_equal(from->auth_keys, to->auth_keys)
                                         : from->auth_keys != to->auth_keys)
        add(list, say(a, "Keys of the external sign-in"), say(a, from->auth_keys ? "set" : "none"),
            say(a, to->auth_keys ? "other keys" : "none"));
}
