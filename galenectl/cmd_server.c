/* set-keys, delete-keys, show-stats */
#include "galenectl/command.h"

#include <string.h>
#include <unistd.h>

#include "galenectl/template_json.h"

static int keys_path(struct buf *out, const char *group, struct error *e)
{
    int r = api_path_group(out, group, e);

    buf_add_str(out, "/.keys");
    return r < 0 ? r : buf_check(out);
}

/* A key set; an array of keys, or one key, is put into one. @param json taken */
static int key_set_of(struct json_object **out, struct json_object *json, struct error *e)
{
    struct json_object *array = json;
    struct json_object *set;
    int r;

    if (json_object_is_type(json, json_type_object) &&
        json_object_object_get_ex(json, "keys", NULL)) {
        *out = json;
        return 0;
    }
    if (json_object_is_type(json, json_type_object)) {
        array = json_object_new_array();
        if (!array || json_object_array_add(array, json) < 0) {
            json_object_put(array);
            json_object_put(json);
            return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
        }
    } else if (!json_object_is_type(json, json_type_array)) {
        json_object_put(json);
        return error_set(e, ERR_INVALID, NULL,
                         "must be a JSON Web Key Set, a list of keys or a key");
    }
    set = json_object_new_object();
    if (!set) {
        json_object_put(array);
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    }
    r = template_set(set, "keys", array, e);
    if (r < 0)
        json_object_put(set);
    else
        *out = set;
    return r;
}

int cmd_set_keys(const struct ctl *ctl, int argc, char **argv)
{
    static const struct api_put options = {.content_type = "application/jwk-set+json"};
    const char *group = "";
    const struct flag flags[] = {FLAG_GROUP(group)};
    const struct flag_set set = {
        .synopsis = "galenectl set-keys -group NAME < keys.json",
        .about = "Sets the keys that cryptographic tokens for a group are verified with: a JSON\n"
                 "Web Key Set on standard input. Each key needs kty and alg.",
        .flags = flags,
        .n_flags = sizeof flags / sizeof flags[0],
    };
    struct session s = {0};
    struct json_object *json = NULL;
    struct json_object *keys = NULL;
    struct buf path = {0};
    struct error e = {0};
    int status = command_flags_group(&set, argc, argv, NULL, &group);
    int r;

    if (status >= 0)
        return status;
    if (template_read(&json, STDIN_FILENO, &e) < 0 || key_set_of(&keys, json, &e) < 0)
        return report_error("Decode standard input", &e);
    r = keys_path(&path, group, &e);
    if (r == 0)
        r = session_open(&s, ctl, &e);
    if (r == 0)
        r = api_put(s.client, buf_str(&path), keys, &options, &e);
    json_object_put(keys);
    session_close(&s);
    buf_release(&path);
    return r < 0 ? report_error("Set keys", &e) : 0;
}

int cmd_delete_keys(const struct ctl *ctl, int argc, char **argv)
{
    const char *group = "";
    const char *if_match = NULL;
    const struct flag flags[] = {FLAG_GROUP(group), FLAG_IF_MATCH(if_match)};
    const struct flag_set set = {
        .synopsis = "galenectl delete-keys -group NAME",
        .flags = flags,
        .n_flags = sizeof flags / sizeof flags[0],
    };
    struct buf path = {0};
    struct error e = {0};
    int status = command_flags_group(&set, argc, argv, NULL, &group);
    int r;

    if (status >= 0)
        return status;
    r = keys_path(&path, group, &e);
    return command_delete(ctl, r, &path, if_match, "Delete keys", &e);
}

int cmd_show_stats(const struct ctl *ctl, int argc, char **argv)
{
    const struct flag_set set = {
        .synopsis = "galenectl show-stats",
        .about = "Prints the populated groups, their clients and their streams as JSON.",
    };
    struct session s = {0};
    struct json_object *json = NULL;
    struct error e = {0};
    int status = command_flags(&set, argc, argv, NULL);
    int r;

    if (status >= 0)
        return status;
    r = session_open(&s, ctl, &e);
    if (r == 0)
        r = api_get(s.client, ".stats", &json, NULL, &e);
    if (r == 0)
        r = template_show(json, &e);
    json_object_put(json);
    session_close(&s);
    return r < 0 ? report_error("Get statistics", &e) : 0;
}
