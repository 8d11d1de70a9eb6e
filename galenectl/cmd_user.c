/* list-users, create-user, update-user, delete-user */
#include "galenectl/cmd_user.h"

#include <string.h>

#include "galenectl/call.h"
#include "galenectl/permission_flag.h"
#include "galenectl/report.h"
#include "galenectl/template_flag.h"
#include "galenectl/template_json.h"

/* One user's description. */
static int fetch_user(struct json_object **out, struct api_client *client, const char *group,
                      const char *name, struct error *e)
{
    const struct user_ref ref = {.kind = USER_NAMED, .name = name};
    struct buf path = {0};
    int r = api_path_user(&path, group, &ref, e);

    if (r == 0)
        r = api_get_object(client, buf_str(&path), out, NULL, e);
    buf_release(&path);
    return r;
}

static void print_user(const char *name, struct json_object *user, const struct error *e)
{
    struct buf line = {0};
    char shown[600];

    add_padded(&line, span_printable(span_str(name), shown, sizeof shown), 12);
    buf_add_char(&line, ' ');
    if (e->code < 0)
        buf_printf(&line, "(ERROR=%s)", error_describe(e, shown, sizeof shown));
    else
        permission_show(&line, json_object_object_get(user, "permissions"));
    puts(buf_str(&line));
    buf_release(&line);
}

static const struct name_list_view view = {
    .member = "username", .fetch = fetch_user, .print = print_user};

int cmd_list_users(const struct ctl *ctl, int argc, char **argv)
{
    const char *group = NULL;
    bool is_long = false;
    bool as_json = false;
    const struct flag flags[] = {
        FLAG_GROUP(group),
        {.name = "l", .kind = FLAG_BOOL, .value = &is_long, .help = "show permissions too"},
        FLAG_JSON_OUTPUT(as_json),
    };
    const struct flag_set set = {
        .synopsis = "galenectl list-users -group NAME [flag...] [pattern...]",
        FLAGS_OF(flags),
    };
    struct call call = {.ctl = ctl, .action = "Get users"};
    struct name_list_query query = {0};
    int first = argc;
    int status = command_flags(&set, argc, argv, &first);
    int r;

    if (status >= 0)
        return status;
    query = (struct name_list_query){.patterns = argv + first,
                                     .n_patterns = (size_t)(argc - first),
                                     .view = is_long ? &view : NULL,
                                     .group = group,
                                     .as_json = as_json};
    r = api_path_group(&call.path, group, &call.e);
    buf_add_str(&call.path, "/.users/");
    return call_list(&call, r < 0 ? r : api_path_check(&call.path, &call.e), &query);
}

/* What create-user and update-user take. */
struct user_command {
    const char *group;
    struct user_flags user;
    const char *permissions;
    struct template_flag template;
    /* read from the above */
    struct user_ref ref;
    struct json_object *permission;
};

#define FLAGS_USER_COMMAND(at)                                                                     \
    FLAG_GROUP((at).group), FLAGS_USER((at).user),                                                 \
        {.name = "permissions",                                                                    \
         .kind = FLAG_STRING,                                                                      \
         .value = &(at).permissions,                                                               \
         .word = "SET",                                                                            \
         .help = "op, present, message, observe, caption, admin, or a JSON array of permissions"}, \
        FLAG_TEMPLATE((at).template)

static void user_command_release(struct user_command *c)
{
    template_flag_release(&c->template);
    json_object_put(c->permission);
}

/* Check the flags. @return -1 to go on, else the exit status */
static int user_command_read(struct user_command *c, const struct flag_set *set, int argc,
                             char **argv)
{
    struct error e = {0};
    int status = command_flags(set, argc, argv, NULL);

    if (status < 0)
        status = user_flags_resolve(&c->user, &c->ref);
    if (status < 0 && c->permissions &&
        permission_flag_user(&c->permission, c->permissions, &e) < 0)
        status = report_error("Parse permissions", &e);
    return status;
}

static int apply(struct json_object *object, void *arg, struct error *e)
{
    const struct user_command *c = arg;
    int r = template_flag_merge(object, &c->template, e);

    if (r == 0 && c->permission)
        r = template_set(object, "permissions", json_object_get(c->permission), e);
    return r;
}

static int apply_to_new(struct json_object *object, void *arg, struct error *e)
{
    int r = apply(object, arg, e);

    if (r == 0 && !json_object_object_get_ex(object, "permissions", NULL))
        r = template_set(object, "permissions", json_object_new_string("present"), e);
    return r;
}

int cmd_create_user(const struct ctl *ctl, int argc, char **argv)
{
    struct user_command c = {0};
    bool force = false;
    const struct flag flags[] = {
        FLAGS_USER_COMMAND(c),
        {.name = "force", .kind = FLAG_BOOL, .value = &force, .help = "replace an existing user"},
    };
    const struct flag_set set = {
        .synopsis = "galenectl create-user -group NAME (-user NAME | -wildcard | -empty) "
                    "[flag...]",
        .about = "Creates a user with the permission set present, unless told otherwise. The user\n"
                 "cannot log in before set-password.",
        FLAGS_OF(flags),
        .examples = "  galenectl create-user -group city-watch -user vimes -permissions op",
    };
    struct call call = {.ctl = ctl, .action = "Create user"};
    int status = user_command_read(&c, &set, argc, argv);

    if (status < 0)
        status = template_flag_read(&c.template);
    if (status < 0)
        status = call_create(&call, api_path_user(&call.path, c.group, &c.ref, &call.e),
                             &(struct edit){apply_to_new, &c}, force);
    user_command_release(&c);
    return status;
}

int cmd_update_user(const struct ctl *ctl, int argc, char **argv)
{
    struct user_command c = {0};
    const struct flag flags[] = {FLAGS_USER_COMMAND(c)};
    const struct flag_set set = {
        .synopsis = "galenectl update-user -group NAME (-user NAME | -wildcard | -empty) "
                    "[flag...]",
        FLAGS_OF(flags),
        .examples = "  galenectl update-user -group city-watch -user vimes -permissions present",
    };
    struct call call = {.ctl = ctl, .action = "Update user"};
    int status = user_command_read(&c, &set, argc, argv);

    if (status < 0)
        status = template_flag_read_or_warn(&c.template);
    if (status < 0 && !c.permission && template_flag_is_empty(&c.template))
        status = usage_error("nothing to change: give -permissions, or -json and an object");
    if (status < 0)
        status = call_update(&call, api_path_user(&call.path, c.group, &c.ref, &call.e),
                             &(struct edit){apply, &c}, !c.template.json);
    user_command_release(&c);
    return status;
}

int cmd_delete_user(const struct ctl *ctl, int argc, char **argv)
{
    const char *group = NULL;
    const char *if_match = NULL;
    struct user_flags user = {0};
    const struct flag flags[] = {FLAG_GROUP(group), FLAGS_USER(user), FLAG_IF_MATCH(if_match)};
    const struct flag_set set = {
        .synopsis = "galenectl delete-user -group NAME (-user NAME | -wildcard | -empty)",
        FLAGS_OF(flags),
    };
    struct call call = {.ctl = ctl, .action = "Delete user"};
    struct user_ref ref;
    int status = command_flags(&set, argc, argv, NULL);

    if (status < 0)
        status = user_flags_resolve(&user, &ref);
    if (status >= 0)
        return status;
    return call_delete(&call, api_path_user(&call.path, group, &ref, &call.e), if_match);
}
