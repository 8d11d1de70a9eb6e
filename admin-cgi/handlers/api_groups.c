#include "admin-cgi/handlers/api_groups.h"

#include <string.h>

#include "admin-cgi/handlers/api_common.h"
#include "admin-cgi/store/store_group.h"
#include "admin-cgi/store/store_group_list.h"
#include "common/group_desc_json.h"
#include "common/group_files.h"
#include "common/jwt_keys.h"
#include "common/log.h"
#include "common/token_store_write.h"

static const struct log_ctx ctx = {.room = "api"};

struct listing {
    struct request *req;
    struct json_object *names;
};

static int add_name(const char *name, void *arg)
{
    struct listing *l = arg;
    struct json_object *text;

    if (!principal_may(&l->req->who, name, CAP_VIEW))
        return 0;
    text = json_object_new_string(name);
    if (!text || json_object_array_add(l->names, text) < 0) {
        json_object_put(text);
        return ERR_NO_MEMORY;
    }
    return 0;
}

/* The files are asked, not the index: a file made a moment ago is in the list. */
void api_group_list(struct request *req, struct response *res, struct app *app)
{
    struct listing l = {.req = req, .names = json_object_new_array()};
    struct error e = {0};
    int r = l.names ? group_files_walk(app->paths.groups, add_name, &l, &e) : ERR_NO_MEMORY;

    if (r == ERR_NO_MEMORY) {
        api_fail(res, r, &e);
    } else {
        if (r < 0) /* the others are listed */
            log_warn(&ctx, "%s", e.text);
        response_json(res, 200, l.names);
    }
    response_cache(res, "no-cache");
    json_object_put(l.names);
}

void api_group_get(struct request *req, struct response *res, struct app *app)
{
    struct group_record group;
    struct json_object *json;
    struct error e = {0};
    int r = store_group_get(app->db, req->arena, request_capture(req, "group"), req->now_us, &group,
                            &e);

    if (!api_group_read(req, res, r, &group, &e) || !api_read_condition(req, res, group.file.etag))
        return;
    json = group_desc_to_api(group.desc);
    if (json)
        response_json(res, 200, json);
    else
        api_fail(res, ERR_NO_MEMORY, NULL);
    json_object_put(json);
}

/* One more group may be one too many. */
static int check_quota(struct request *req, struct app *app, const char *name, struct error *e)
{
    struct group_record group;

    if (req->who.is_server_admin ||
        store_group_get(app->db, req->arena, name, req->now_us, &group, NULL) != ERR_NOT_FOUND)
        return 0;
    return store_group_check_quota(app->db, req->arena, &req->who, name, e);
}

void api_group_put(struct request *req, struct response *res, struct app *app)
{
    const struct precondition condition = precondition_of(req);
    struct actor actor = api_actor(req);
    struct json_object *object = NULL;
    struct file_result result;
    struct error e = {0};
    int r;

    if (!api_writable(res, app) || !api_json(req, res, "application/json", &object))
        return;
    r = object ? group_desc_check_api(object, &e)
               : error_set(&e, ERR_INVALID, NULL, "a group definition is an object");
    if (r == 0)
        r = check_quota(req, app, request_capture(req, "group"), &e);
    if (r == 0)
        r = store_group_put(app->db, request_capture(req, "group"), &condition, object, &actor,
                            &result, &e);
    api_changed(res, r, r == 0 && result.created, &e);
}

void api_group_delete(struct request *req, struct response *res, struct app *app)
{
    const char *group = request_capture(req, "group");
    const struct precondition condition = precondition_of(req);
    struct actor actor = api_actor(req);
    struct file_result result;
    struct error e = {0};
    int r;

    if (!api_writable(res, app))
        return;
    r = store_group_delete(app->db, group, &condition, &actor, &result, &e);
    if (r < 0) {
        api_fail(res, r, &e);
        return;
    }
    if (token_store_delete_group(app->tokens, group, &e) < 0)
        log_warn(&ctx, "the tokens of a deleted group stay: %s", e.text);
    response_no_body(res, 204);
}

/* {"keys": [...]}: a key set (RFC 7517); no list, or one of none, clears. */
static int keys_of(struct json_object *set, struct json_object **keys, struct error *e)
{
    struct jwt_keys *parsed = NULL;
    int r;

    *keys = NULL;
    if (!json_object_is_type(set, json_type_object) ||
        !json_object_object_get_ex(set, "keys", keys))
        return error_set(e, ERR_INVALID, "keys", "a key set is an object with a member keys");
    if (json_object_is_type(*keys, json_type_array) && json_object_array_length(*keys) == 0)
        *keys = NULL;
    if (!*keys)
        return 0;
    r = jwt_keys_parse_strict(&parsed, *keys, e);
    jwt_keys_free(parsed);
    return r;
}

static void set_keys(struct request *req, struct response *res, struct app *app,
                     struct json_object *keys)
{
    struct actor actor = api_actor(req);
    struct file_result result;
    struct error e = {0};
    int r = store_group_set_keys(app->db, request_capture(req, "group"), NULL, keys, &actor,
                                 &result, &e);

    api_changed(res, r, false, &e);
}

void api_keys_put(struct request *req, struct response *res, struct app *app)
{
    struct json_object *set = NULL, *keys = NULL;
    struct error e = {0};
    int r;

    if (!api_writable(res, app) || !api_json(req, res, "application/jwk-set+json", &set))
        return;
    r = keys_of(set, &keys, &e);
    if (r < 0)
        api_fail(res, r, &e);
    else
        set_keys(req, res, app, keys);
}

void api_keys_delete(struct request *req, struct response *res, struct app *app)
{
    if (api_writable(res, app))
        set_keys(req, res, app, NULL);
}
