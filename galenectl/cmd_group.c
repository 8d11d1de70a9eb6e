/* list-groups, show-group, create-group, update-group, delete-group */
#include "galenectl/command.h"

#include <string.h>
#include <unistd.h>

#include "galenectl/name_list.h"
#include "galenectl/template_json.h"

int cmd_list_groups(const struct ctl *ctl, int argc, char **argv)
{
    bool json = false;
    const struct flag flags[] = {FLAG_JSON_OUTPUT(json)};
    const struct flag_set set = {
        .synopsis = "galenectl list-groups [flag...] [pattern...]",
        .flags = flags,
        .n_flags = sizeof flags / sizeof flags[0],
        .examples = "  galenectl list-groups\n"
                    "  galenectl -admin-token TOKEN list-groups 'teaching/*'",
    };
    struct name_list names = {0};
    struct session s = {0};
    struct error e = {0};
    int first = argc;
    int status = command_flags(&set, argc, argv, &first);
    int r;

    if (status >= 0)
        return status;
    r = session_open(&s, ctl, &e);
    if (r == 0)
        r = name_list_fetch(&names, s.client, ".groups/", argv + first, (size_t)(argc - first), &e);
    if (r == 0 && json)
        r = template_show(names.json, &e);
    else if (r == 0)
        name_list_print(&names);
    name_list_release(&names);
    session_close(&s);
    return r < 0 ? report_error("Get groups", &e) : 0;
}

int cmd_show_group(const struct ctl *ctl, int argc, char **argv)
{
    const char *group = "";
    const struct flag flags[] = {FLAG_GROUP(group)};
    const struct flag_set set = {
        .synopsis = "galenectl show-group -group NAME",
        .flags = flags,
        .n_flags = sizeof flags / sizeof flags[0],
    };
    struct session s = {0};
    struct json_object *json = NULL;
    struct buf path = {0};
    struct error e = {0};
    int status = command_flags_group(&set, argc, argv, NULL, &group);
    int r;

    if (status >= 0)
        return status;
    r = api_path_group(&path, group, &e);
    if (r == 0)
        r = session_open(&s, ctl, &e);
    if (r == 0)
        r = api_get(s.client, buf_str(&path), &json, NULL, &e);
    if (r == 0)
        r = template_show(json, &e);
    json_object_put(json);
    session_close(&s);
    buf_release(&path);
    return r < 0 ? report_error("Get group description", &e) : 0;
}

/* What create-group and update-group set. */
struct group_change {
    bool unrestricted_tokens, has_unrestricted_tokens;
    bool auto_subgroups, has_auto_subgroups;
    bool json;
    struct json_object *template; /* NULL: none */
};

#define FLAGS_CHANGE(at)                                                                           \
    {.name = "unrestricted-tokens",                                                                \
     .kind = FLAG_BOOL,                                                                            \
     .value = &(at).unrestricted_tokens,                                                           \
     .is_given = &(at).has_unrestricted_tokens,                                                    \
     .help = "let ordinary users make tokens"},                                                    \
        {.name = "auto-subgroups",                                                                 \
         .kind = FLAG_BOOL,                                                                        \
         .value = &(at).auto_subgroups,                                                            \
         .is_given = &(at).has_auto_subgroups,                                                     \
         .help = "make subgroups when they are first visited"},                                    \
        FLAG_JSON_INPUT((at).json)

static bool changes_nothing(const struct group_change *c)
{
    return !c->has_unrestricted_tokens && !c->has_auto_subgroups &&
           (!c->template || json_object_object_length(c->template) == 0);
}

/* Flags go on top of the template. */
static int apply(struct json_object *object, void *arg, struct error *e)
{
    const struct group_change *c = arg;
    int r = c->template ? template_merge(object, c->template, e) : 0;

    if (r == 0 && c->has_unrestricted_tokens)
        r = template_set(object, "unrestricted-tokens",
                         json_object_new_boolean(c->unrestricted_tokens), e);
    if (r == 0 && c->has_auto_subgroups)
        r = template_set(object, "auto-subgroups", json_object_new_boolean(c->auto_subgroups), e);
    return r;
}

int cmd_create_group(const struct ctl *ctl, int argc, char **argv)
{
    struct group_change change = {0};
    const char *group = "";
    bool force = false;
    const struct flag flags[] = {
        FLAG_GROUP(group),
        FLAGS_CHANGE(change),
        {.name = "force", .kind = FLAG_BOOL, .value = &force, .help = "replace an existing group"},
    };
    const struct flag_set set = {
        .synopsis = "galenectl create-group -group NAME [flag...]",
        .flags = flags,
        .n_flags = sizeof flags / sizeof flags[0],
        .examples = "  galenectl create-group -group city-watch -unrestricted-tokens\n"
                    "  echo '{\"redirect\": \"https://galene.example.org/group/x/\"}' | \\\n"
                    "      galenectl create-group -group old -json",
    };
    struct api_put options = {0};
    struct session s = {0};
    struct json_object *object = NULL;
    struct buf path = {0};
    struct error e = {0};
    int status = command_flags_group(&set, argc, argv, NULL, &group);
    int r;

    if (status >= 0)
        return status;
    if (change.json && template_read_object(&change.template, STDIN_FILENO, &e) < 0)
        return report_error("Decode standard input", &e);
    options.if_none_match = !force;
    object = json_object_new_object();
    r = object ? apply(object, &change, &e) : error_set(&e, ERR_NO_MEMORY, NULL, "out of memory");
    if (r == 0)
        r = api_path_group(&path, group, &e);
    if (r == 0)
        r = session_open(&s, ctl, &e);
    if (r == 0)
        r = api_put(s.client, buf_str(&path), object, &options, &e);
    json_object_put(object);
    json_object_put(change.template);
    session_close(&s);
    buf_release(&path);
    return r < 0 ? report_error("Create group", &e) : 0;
}

int cmd_update_group(const struct ctl *ctl, int argc, char **argv)
{
    struct group_change change = {0};
    const char *group = "";
    const struct flag flags[] = {FLAG_GROUP(group), FLAGS_CHANGE(change)};
    const struct flag_set set = {
        .synopsis = "galenectl update-group -group NAME [flag...]",
        .about = "Changes what the flags and the JSON object on standard input (with -json) name;\n"
                 "a null there removes a member.",
        .flags = flags,
        .n_flags = sizeof flags / sizeof flags[0],
        .examples = "  galenectl update-group -group city-watch -unrestricted-tokens=false\n"
                    "  echo '{\"redirect\": null}' | galenectl update-group -group old -json",
    };
    struct session s = {0};
    struct buf path = {0};
    struct error e = {0};
    int status = command_flags_group(&set, argc, argv, NULL, &group);
    int r;

    if (status >= 0)
        return status;
    if (!change.json && template_waits_on_stdin())
        report("warning: standard input is not read without -json");
    if (change.json && template_read_object(&change.template, STDIN_FILENO, &e) < 0)
        return report_error("Decode standard input", &e);
    if (changes_nothing(&change)) {
        json_object_put(change.template);
        return usage_error("nothing to change: give a flag, or -json and an object");
    }
    r = api_path_group(&path, group, &e);
    if (r == 0)
        r = session_open(&s, ctl, &e);
    if (r == 0)
        r = api_update(s.client, buf_str(&path), apply, &change, !change.template, &e);
    json_object_put(change.template);
    session_close(&s);
    buf_release(&path);
    return r < 0 ? report_error("Update group", &e) : 0;
}

int cmd_delete_group(const struct ctl *ctl, int argc, char **argv)
{
    const char *group = "";
    const char *if_match = NULL;
    const struct flag flags[] = {FLAG_GROUP(group), FLAG_IF_MATCH(if_match)};
    const struct flag_set set = {
        .synopsis = "galenectl delete-group -group NAME",
        .flags = flags,
        .n_flags = sizeof flags / sizeof flags[0],
    };
    struct buf path = {0};
    struct error e = {0};
    int status = command_flags_group(&set, argc, argv, NULL, &group);
    int r;

    if (status >= 0)
        return status;
    r = api_path_group(&path, group, &e);
    return command_delete(ctl, r, &path, if_match, "Delete group", &e);
}
