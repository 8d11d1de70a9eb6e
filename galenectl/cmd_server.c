/* set-keys, delete-keys, show-stats */
#include "galenectl/cmd_server.h"

#include <unistd.h>

#include "galenectl/call.h"
#include "galenectl/report.h"
#include "galenectl/template_json.h"

static int keys_path(struct buf *out, const char *group, struct error *e)
{
    int r = api_path_group(out, group, e);

    buf_add_str(out, "/.keys");
    return r < 0 ? r : api_path_check(out, e);
}

/* { name: value }. @param value taken */
static int wrap(struct json_object **out, const char *name, struct json_object *value,
                struct error *e)
{
    struct json_object *object = json_object_new_object();
    int r;

    if (!object) {
        json_object_put(value);
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    }
    r = template_set(object, name, value, e);
    if (r < 0)
        json_object_put(object);
    else
        *out = object;
    return r;
}

/* A key set; an array of keys, or one key, is put into one. @param json taken */
static int key_set_of(struct json_object **out, struct json_object *json, struct error *e)
{
    struct json_object *array;
    int r;

    if (json_object_is_type(json, json_type_array))
        return wrap(out, "keys", json, e);
    if (!json_object_is_type(json, json_type_object)) {
        json_object_put(json);
        return error_set(e, ERR_INVALID, NULL,
                         "must be a JSON Web Key Set, a list of keys or a key");
    }
    if (json_object_object_get_ex(json, "keys", NULL)) {
        *out = json;
        return 0;
    }
    array = json_object_new_array();
    if (!array) {
        json_object_put(json);
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    }
    r = template_append(array, json, e);
    if (r == 0)
        return wrap(out, "keys", array, e);
    json_object_put(array);
    return r;
}

int cmd_set_keys(const struct ctl *ctl, int argc, char **argv)
{
    const char *group = NULL;
    const struct flag flags[] = {FLAG_GROUP(group)};
    const struct flag_set set = {
        .synopsis = "galenectl set-keys -group NAME < keys.json",
        .about = "Sets the keys that cryptographic tokens for a group are verified with: a JSON\n"
                 "Web Key Set on standard input. Each key needs kty and alg.",
        FLAGS_OF(flags),
    };
    struct call call = {.ctl = ctl, .action = "Set keys"};
    struct json_object *json = NULL;
    struct json_object *keys = NULL;
    int status = command_flags(&set, argc, argv, NULL);

    if (status >= 0)
        return status;
    if (template_read(&json, STDIN_FILENO, &call.e) < 0 || key_set_of(&keys, json, &call.e) < 0)
        return report_error("Decode standard input", &call.e);
    return call_replace(&call, keys_path(&call.path, group, &call.e), keys,
                        "application/jwk-set+json");
}

int cmd_delete_keys(const struct ctl *ctl, int argc, char **argv)
{
    const char *group = NULL;
    const char *if_match = NULL;
    const struct flag flags[] = {FLAG_GROUP(group), FLAG_IF_MATCH(if_match)};
    const struct flag_set set = {
        .synopsis = "galenectl delete-keys -group NAME",
        FLAGS_OF(flags),
    };
    struct call call = {.ctl = ctl, .action = "Delete keys"};
    int status = command_flags(&set, argc, argv, NULL);

    if (status >= 0)
        return status;
    return call_delete(&call, keys_path(&call.path, group, &call.e), if_match);
}

int cmd_show_stats(const struct ctl *ctl, int argc, char **argv)
{
    const struct flag_set set = {
        .synopsis = "galenectl show-stats",
        .about = "Prints the populated groups, their clients and their streams as JSON.",
    };
    struct call call = {.ctl = ctl, .action = "Get statistics"};
    int status = command_flags(&set, argc, argv, NULL);

    if (status >= 0)
        return status;
    buf_add_str(&call.path, ".stats");
    return call_show(&call, api_path_check(&call.path, &call.e));
}
