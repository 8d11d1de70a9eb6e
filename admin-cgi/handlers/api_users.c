#include "admin-cgi/handlers/api_users.h"

#include <stdio.h>
#include <string.h>

#include "admin-cgi/handlers/api_common.h"
#include "admin-cgi/handlers/user_view.h"
#include "admin-cgi/store/store_group.h"
#include "admin-cgi/store/store_user.h"

/* An automatic subgroup answers with its ancestor's description. */
static bool find_group(struct request *req, struct response *res, struct app *app,
                       struct group_record *out)
{
    struct error e = {0};
    int r =
        store_group_find(app->db, req->arena, request_capture(req, "group"), req->now_us, out, &e);

    return api_group_read(req, res, r, out, &e);
}

void api_user_list(struct request *req, struct response *res, struct app *app)
{
    struct group_record group;
    struct json_object *names;
    bool good;

    if (!find_group(req, res, app, &group) || !api_read_condition(req, res, group.file.etag))
        return;
    names = json_object_new_array();
    good = names;
    for (size_t i = 0; good && i < group.desc->n_users; i++) {
        struct json_object *name = json_object_new_string(group.desc->users[i].name);

        good = name && json_object_array_add(names, name) == 0;
    }
    if (good)
        response_json(res, 200, names);
    else
        api_fail(res, ERR_NO_MEMORY, NULL);
    json_object_put(names);
}

void api_user_get(struct request *req, struct response *res, struct app *app)
{
    struct group_record group;
    const struct group_user *user;
    struct json_object *json, *permissions;

    if (!find_group(req, res, app, &group))
        return;
    user = user_view_find(group.desc, user_view_of(req));
    if (!user) {
        response_text(res, 404, "there is no such user\n");
        return;
    }
    if (!api_read_condition(req, res, group.file.etag))
        return;
    json = json_object_new_object();
    permissions = permission_spec_to_json(&user->permissions);
    if (json && permissions)
        json_object_object_add(json, "permissions", permissions);
    if (json)
        response_json(res, 200, json);
    else
        api_fail(res, ERR_NO_MEMORY, NULL);
    json_object_put(json);
}

/* {"permissions": ...} and nothing else; the password has its own place. */
static int permissions_of(struct json_object *body, struct json_object **out, struct error *e)
{
    struct permission_spec spec = {0};
    int r;

    *out = NULL;
    if (!json_object_is_type(body, json_type_object))
        return error_set(e, ERR_INVALID, NULL, "a user is an object");
    json_object_object_foreach(body, key, value)
    {
        if (strcmp(key, "permissions") == 0)
            *out = value;
        else if (strcmp(key, "password") != 0)
            return error_set(e, ERR_INVALID, key, "unknown member");
        else if (value && !(json_object_is_type(value, json_type_object) &&
                            json_object_object_length(value) == 0))
            return error_set(e, ERR_INVALID, "password", "a password is set at .password");
    }
    r = permission_spec_parse(&spec, *out, e);
    permission_spec_release(&spec);
    if (r < 0 && !e->place[0])
        snprintf(e->place, sizeof e->place, "permissions");
    return r;
}

void api_user_put(struct request *req, struct response *res, struct app *app)
{
    const struct precondition condition = precondition_of(req);
    const char *user = user_view_of(req);
    struct actor actor = api_actor(req);
    struct json_object *body = NULL, *permissions = NULL;
    struct file_result result;
    struct error e = {0};
    int r;

    if (!api_writable(res, app) || !api_json(req, res, "application/json", &body))
        return;
    r = permissions_of(body, &permissions, &e);
    if (r == 0)
        r = store_user_set_permissions(app->db, request_capture(req, "group"), user, &condition,
                                       permissions, &actor, &result, &e);
    api_changed(res, r, r == 0 && result.created, &e);
}

void api_user_delete(struct request *req, struct response *res, struct app *app)
{
    const struct precondition condition = precondition_of(req);
    struct actor actor = api_actor(req);
    struct file_result result;
    struct error e = {0};
    int r;

    if (!api_writable(res, app))
        return;
    r = store_user_delete(app->db, request_capture(req, "group"), user_view_of(req), &condition,
                          &actor, &result, &e);
    api_changed(res, r, false, &e);
}
