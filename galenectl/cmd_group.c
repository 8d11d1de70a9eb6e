/* list-groups, show-group, create-group, update-group, delete-group */
#include "galenectl/cmd_group.h"

#include "galenectl/call.h"
#include "galenectl/template_flag.h"
#include "galenectl/template_json.h"

int cmd_list_groups(const struct ctl *ctl, int argc, char **argv)
{
    bool as_json = false;
    const struct flag flags[] = {FLAG_JSON_OUTPUT(as_json)};
    const struct flag_set set = {
        .synopsis = "galenectl list-groups [flag...] [pattern...]",
        FLAGS_OF(flags),
        .examples = "  galenectl list-groups\n"
                    "  galenectl -admin-token TOKEN list-groups 'teaching/*'",
    };
    struct call call = {.ctl = ctl, .action = "Get groups"};
    struct name_list_query query = {0};
    int first = argc;
    int status = command_flags(&set, argc, argv, &first);

    if (status >= 0)
        return status;
    query.patterns = argv + first;
    query.n_patterns = (size_t)(argc - first);
    query.as_json = as_json;
    return call_list(&call, api_path_group(&call.path, "", &call.e), &query);
}

int cmd_show_group(const struct ctl *ctl, int argc, char **argv)
{
    const char *group = NULL;
    const struct flag flags[] = {FLAG_GROUP(group)};
    const struct flag_set set = {
        .synopsis = "galenectl show-group -group NAME",
        FLAGS_OF(flags),
    };
    struct call call = {.ctl = ctl, .action = "Get group description"};
    int status = command_flags(&set, argc, argv, NULL);

    if (status >= 0)
        return status;
    return call_show(&call, api_path_group(&call.path, group, &call.e));
}

/* What create-group and update-group set. */
struct group_change {
    bool unrestricted_tokens, has_unrestricted_tokens;
    bool auto_subgroups, has_auto_subgroups;
    struct template_flag template;
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
        FLAG_TEMPLATE((at).template)

static bool changes_nothing(const struct group_change *c)
{
    return !c->has_unrestricted_tokens && !c->has_auto_subgroups &&
           template_flag_is_empty(&c->template);
}

/* Flags go on top of the template. */
static int apply(struct json_object *object, void *arg, struct error *e)
{
    const struct group_change *c = arg;
    int r = template_flag_merge(object, &c->template, e);

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
    const char *group = NULL;
    bool force = false;
    const struct flag flags[] = {
        FLAG_GROUP(group),
        FLAGS_CHANGE(change),
        {.name = "force", .kind = FLAG_BOOL, .value = &force, .help = "replace an existing group"},
    };
    const struct flag_set set = {
        .synopsis = "galenectl create-group -group NAME [flag...]",
        FLAGS_OF(flags),
        .examples = "  galenectl create-group -group city-watch -unrestricted-tokens\n"
                    "  echo '{\"redirect\": \"https://galene.example.org/group/x/\"}' | \\\n"
                    "      galenectl create-group -group old -json",
    };
    struct call call = {.ctl = ctl, .action = "Create group"};
    int status = command_flags(&set, argc, argv, NULL);

    if (status < 0)
        status = template_flag_read(&change.template);
    if (status < 0)
        status = call_create(&call, api_path_group(&call.path, group, &call.e),
                             &(struct edit){apply, &change}, force);
    template_flag_release(&change.template);
    return status;
}

int cmd_update_group(const struct ctl *ctl, int argc, char **argv)
{
    struct group_change change = {0};
    const char *group = NULL;
    const struct flag flags[] = {FLAG_GROUP(group), FLAGS_CHANGE(change)};
    const struct flag_set set = {
        .synopsis = "galenectl update-group -group NAME [flag...]",
        .about = "Changes what the flags and the JSON object on standard input (with -json) name;\n"
                 "a null there removes a member.",
        FLAGS_OF(flags),
        .examples = "  galenectl update-group -group city-watch -unrestricted-tokens=false\n"
                    "  echo '{\"redirect\": null}' | galenectl update-group -group old -json",
    };
    struct call call = {.ctl = ctl, .action = "Update group"};
    int status = command_flags(&set, argc, argv, NULL);

    if (status < 0)
        status = template_flag_read_or_warn(&change.template);
    if (status < 0 && changes_nothing(&change))
        status = usage_error("nothing to change: give a flag, or -json and an object");
    if (status < 0)
        status = call_update(&call, api_path_group(&call.path, group, &call.e),
                             &(struct edit){apply, &change}, !change.template.json);
    template_flag_release(&change.template);
    return status;
}

int cmd_delete_group(const struct ctl *ctl, int argc, char **argv)
{
    const char *group = NULL;
    const char *if_match = NULL;
    const struct flag flags[] = {FLAG_GROUP(group), FLAG_IF_MATCH(if_match)};
    const struct flag_set set = {
        .synopsis = "galenectl delete-group -group NAME",
        FLAGS_OF(flags),
    };
    struct call call = {.ctl = ctl, .action = "Delete group"};
    int status = command_flags(&set, argc, argv, NULL);

    if (status >= 0)
        return status;
    return call_delete(&call, api_path_group(&call.path, group, &call.e), if_match);
}
