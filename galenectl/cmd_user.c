/* list-users, create-user, update-user, delete-user */
#include "galenectl/command.h"

#include <string.h>
#include <unistd.h>

#include "galenectl/name_list.h"
#include "galenectl/permission_flag.h"
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
    const char *group = "";
    bool is_long = false;
    bool json = false;
    const struct flag flags[] = {
        FLAG_GROUP(group),
        {.name = "l", .kind = FLAG_BOOL, .value = &is_long, .help = "show permissions too"},
        FLAG_JSON_OUTPUT(json),
    };
    const struct flag_set set = {
        .synopsis = "galenectl list-users -group NAME [flag...] [pattern...]",
        .flags = flags,
        .n_flags = sizeof flags / sizeof flags[0],
    };
    struct name_list names = {0};
    struct session s = {0};
    struct buf path = {0};
    struct error e = {0};
    int first = argc;
    int status = command_flags_group(&set, argc, argv, &first, &group);
    int r;

    if (status >= 0)
        return status;
    r = api_path_group(&path, group, &e);
    buf_add_str(&path, "/.users/");
    if (r == 0)
        r = session_open(&s, ctl, &e);
    if (r == 0)
        r = name_list_fetch(&names, s.client, buf_str(&path), argv + first, (size_t)(argc - first),
                            &e);
    if (r == 0 && is_long)
        r = name_list_show(&names, &view, s.client, group, json, &e);
    else if (r == 0 && json)
        r = template_show(names.json, &e);
    else if (r == 0)
        name_list_print(&names);
    name_list_release(&names);
    session_close(&s);
    buf_release(&path);
    return r < 0 ? report_error("Get users", &e) : 0;
}

/* What create-user and update-user take. */
struct user_command {
    const char *group;
    struct user_flags user;
    const char *permissions;
    bool has_permissions;
    bool json;
    bool force;
    /* read from the above */
    struct user_ref ref;
    struct json_object *template;
    struct json_object *permission;
};

#define FLAGS_USER_COMMAND(at)                                                                     \
    FLAG_GROUP((at).group), FLAGS_USER((at).user),                                                 \
        {.name = "permissions",                                                                    \
         .kind = FLAG_STRING,                                                                      \
         .value = &(at).permissions,                                                               \
         .is_given = &(at).has_permissions,                                                        \
         .word = "SET",                                                                            \
         .help = "op, present, message, observe, caption, admin, or a JSON array of permissions"}, \
        FLAG_JSON_INPUT((at).json)

static void user_command_release(struct user_command *c)
{
    json_object_put(c->template);
    json_object_put(c->permission);
}

/* Check the flags and read the template. @return -1 to go on, else the exit status */
static int user_command_read(struct user_command *c, const struct flag_set *set, int argc,
                             char **argv)
{
    struct error e = {0};
    int status = command_flags(set, argc, argv, NULL);

    if (status >= 0)
        return status;
    if (!c->group[0])
        return usage_error("option -group is required");
    status = user_flags_resolve(&c->user, &c->ref);
    if (status >= 0)
        return status;
    if (c->has_permissions && permission_flag_user(&c->permission, c->permissions, &e) < 0)
        return report_error("Parse permissions", &e);
    if (c->json && template_read_object(&c->template, STDIN_FILENO, &e) < 0)
        return report_error("Decode standard input", &e);
    return -1;
}

static int apply(struct json_object *object, void *arg, struct error *e)
{
    const struct user_command *c = arg;
    int r = c->template ? template_merge(object, c->template, e) : 0;

    if (r == 0 && c->permission)
        r = template_set(object, "permissions", json_object_get(c->permission), e);
    return r;
}

int cmd_create_user(const struct ctl *ctl, int argc, char **argv)
{
    struct user_command c = {.group = ""};
    const struct flag flags[] = {
        FLAGS_USER_COMMAND(c),
        {.name = "force", .kind = FLAG_BOOL, .value = &c.force, .help = "replace an existing user"},
    };
    const struct flag_set set = {
        .synopsis = "galenectl create-user -group NAME (-user NAME | -wildcard | -empty) "
                    "[flag...]",
        .about = "Creates a user with the permission set present, unless told otherwise. The user\n"
                 "cannot log in before set-password.",
        .flags = flags,
        .n_flags = sizeof flags / sizeof flags[0],
        .examples = "  galenectl create-user -group city-watch -user vimes -permissions op",
    };
    struct api_put options = {0};
    struct session s = {0};
    struct json_object *object = NULL;
    struct buf path = {0};
    struct error e = {0};
    int status = user_command_read(&c, &set, argc, argv);
    int r;

    if (status >= 0) {
        user_command_release(&c);
        return status;
    }
    options.if_none_match = !c.force;
    object = json_object_new_object();
    r = object ? apply(object, &c, &e) : error_set(&e, ERR_NO_MEMORY, NULL, "out of memory");
    if (r == 0 && !json_object_object_get_ex(object, "permissions", NULL))
        r = template_set(object, "permissions", json_object_new_string("present"), &e);
    if (r == 0)
        r = api_path_user(&path, c.group, &c.ref, &e);
    if (r == 0)
        r = session_open(&s, ctl, &e);
    if (r == 0)
        r = api_put(s.client, buf_str(&path), object, &options, &e);
    json_object_put(object);
    user_command_release(&c);
    session_close(&s);
    buf_release(&path);
    return r < 0 ? report_error("Create user", &e) : 0;
}

int cmd_update_user(const struct ctl *ctl, int argc, char **argv)
{
    struct user_command c = {.group = ""};
    const struct flag flags[] = {FLAGS_USER_COMMAND(c)};
    const struct flag_set set = {
        .synopsis = "galenectl update-user -group NAME (-user NAME | -wildcard | -empty) "
                    "[flag...]",
        .flags = flags,
        .n_flags = sizeof flags / sizeof flags[0],
        .examples = "  galenectl update-user -group city-watch -user vimes -permissions present",
    };
    struct session s = {0};
    struct buf path = {0};
    struct error e = {0};
    int status = user_command_read(&c, &set, argc, argv);
    int r;

    if (status < 0 && !c.permission && (!c.template || json_object_object_length(c.template) == 0))
        status = usage_error("nothing to change: give -permissions, or -json and an object");
    if (status >= 0) {
        user_command_release(&c);
        return status;
    }
    r = api_path_user(&path, c.group, &c.ref, &e);
    if (r == 0)
        r = session_open(&s, ctl, &e);
    if (r == 0)
        r = api_update(s.client, buf_str(&path), apply, &c, !c.template, &e);
    user_command_release(&c);
    session_close(&s);
    buf_release(&path);
    return r < 0 ? report_error("Update user", &e) : 0;
}

int cmd_delete_user(const struct ctl *ctl, int argc, char **argv)
{
    const char *group = "";
    const char *if_match = NULL;
    struct user_flags user = {0};
    const struct flag flags[] = {FLAG_GROUP(group), FLAGS_USER(user), FLAG_IF_MATCH(if_match)};
    const struct flag_set set = {
        .synopsis = "galenectl delete-user -group NAME (-user NAME | -wildcard | -empty)",
        .flags = flags,
        .n_flags = sizeof flags / sizeof flags[0],
    };
    struct user_ref ref;
    struct buf path = {0};
    struct error e = {0};
    int status = command_flags_group(&set, argc, argv, NULL, &group);
    int r;

    if (status >= 0)
        return status;
    status = user_flags_resolve(&user, &ref);
    if (status >= 0)
        return status;
    r = api_path_user(&path, group, &ref, &e);
    return command_delete(ctl, r, &path, if_match, "Delete user", &e);
}
