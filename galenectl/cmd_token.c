/* create-token, update-token, revoke-token, delete-token */
#include "galenectl/cmd_token.h"

#include <string.h>

#include "galenectl/call.h"
#include "galenectl/permission_flag.h"
#include "galenectl/report.h"
#include "galenectl/template_json.h"
#include "galenectl/time_text.h"

#define NS_PER_S INT64_C(1000000000)
#define DAY_NS (24 * 3600 * NS_PER_S)

/* What create-token and update-token take. */
struct token_command {
    const char *group;
    const char *token;
    const char *user;
    const char *permissions;
    bool include_subgroups;
    bool has_include_subgroups;
    int64_t duration_ns;
    bool has_duration;
    /* read from the above */
    struct json_object *permission;
};

#define FLAG_TOKEN(at)                                                                             \
    {                                                                                              \
        .name = "token", .kind = FLAG_STRING, .value = &(at).token, .word = "TOKEN",               \
        .help = "the token", .need = FLAG_NOT_EMPTY                                                \
    }
#define FLAGS_TOKEN_VALUE(at, permissions_default, duration_default)                               \
    {.name = "user",                                                                               \
     .kind = FLAG_STRING,                                                                          \
     .value = &(at).user,                                                                          \
     .word = "NAME",                                                                               \
     .help = "the name that the bearer gets; without it they choose one"},                         \
        {.name = "permissions",                                                                    \
         .kind = FLAG_STRING,                                                                      \
         .value = &(at).permissions,                                                               \
         .word = "SET",                                                                            \
         .help = "op, present, message, observe, caption, admin, or a JSON array of permissions",  \
         .normal = permissions_default},                                                           \
        {.name = "include-subgroups",                                                              \
         .kind = FLAG_BOOL,                                                                        \
         .value = &(at).include_subgroups,                                                         \
         .is_given = &(at).has_include_subgroups,                                                  \
         .help = "valid for everything below the group too"},                                      \
    {                                                                                              \
        .name = "duration", .kind = FLAG_DURATION, .value = &(at).duration_ns,                     \
        .is_given = &(at).has_duration, .word = "TIME",                                            \
        .help = "how long it is valid from now, as in 36h or 1h30m", .normal = duration_default    \
    }

/* `expires` so long from now. */
static int set_expiry(struct json_object *object, int64_t duration_ns, struct error *e)
{
    char text[TIME_TEXT_SIZE];
    int64_t expires_ns;

    if (__builtin_add_overflow(time_now_ns(), duration_ns, &expires_ns))
        return error_set(e, ERR_INVALID, "-duration", "too long");
    return template_set(object, "expires",
                        json_object_new_string(time_text_rfc3339(text, expires_ns)), e);
}

static int set_values(struct json_object *object, const struct token_command *c, struct error *e)
{
    int r = 0;

    if (c->permission)
        r = template_set(object, "permissions", json_object_get(c->permission), e);
    if (r == 0 && c->has_include_subgroups)
        r = template_set(object, "includeSubgroups", json_object_new_boolean(c->include_subgroups),
                         e);
    return r;
}

static int make_token(struct json_object *object, void *arg, struct error *e)
{
    const struct token_command *c = arg;
    int r = set_expiry(object, c->duration_ns, e);

    if (r == 0)
        r = set_values(object, c, e);
    /* A server that wants a name in administrators' tokens takes the empty one. */
    if (r == 0 && (c->user[0] || permission_array_has(c->permission, "admin")))
        r = template_set(object, "username", json_object_new_string(c->user), e);
    return r;
}

/* The token's name alone, whether the server gave that or a URL. */
static const char *token_name(const struct buf *location)
{
    const char *slash = strrchr(buf_str(location), '/');

    return slash ? slash + 1 : buf_str(location);
}

int cmd_create_token(const struct ctl *ctl, int argc, char **argv)
{
    struct token_command c = {.user = "", .permissions = "present", .duration_ns = DAY_NS};
    const struct flag flags[] = {FLAG_TOKEN_GROUP(c.group), FLAGS_TOKEN_VALUE(c, "present", "24h")};
    const struct flag_set set = {
        .synopsis = "galenectl create-token -group NAME [flag...]",
        .about = "Creates a token, which lets its bearer in without a password, and prints it.",
        FLAGS_OF(flags),
        .examples =
            "  galenectl create-token -group city-watch -user vimes -duration 48h\n"
            "  t=$(galenectl create-token -group '' -include-subgroups -permissions admin)\n"
            "  galenectl -admin-token \"$t\" list-groups",
    };
    struct call call = {.ctl = ctl, .action = "Create token"};
    struct buf location = {0};
    char shown[400];
    int status = command_flags(&set, argc, argv, NULL);

    if (status >= 0)
        return status;
    if (!c.group[0] && !c.include_subgroups)
        return usage_error("a token for -group '' is of no use without -include-subgroups");
    if (c.duration_ns <= 0)
        return usage_error("option -duration must be positive");
    if (permission_flag_token(&c.permission, c.permissions, &call.e) < 0)
        return report_error("Parse permissions", &call.e);
    status = call_post(&call, api_path_token(&call.path, c.group, "", &call.e),
                       &(struct edit){make_token, &c}, &location);
    if (status == 0)
        puts(span_printable(span_str(token_name(&location)), shown, sizeof shown));
    json_object_put(c.permission);
    buf_wipe(&location);
    return status;
}

static int apply(struct json_object *object, void *arg, struct error *e)
{
    const struct token_command *c = arg;
    int r = set_values(object, c, e);

    if (r == 0 && c->has_duration)
        r = set_expiry(object, c->duration_ns, e);
    if (r == 0 && c->user)
        r = template_set(object, "username", json_object_new_string(c->user), e);
    return r;
}

static int update(const struct ctl *ctl, struct token_command *c)
{
    struct call call = {.ctl = ctl, .action = "Update token"};

    return call_update(&call, api_path_token(&call.path, c->group, c->token, &call.e),
                       &(struct edit){apply, c}, true);
}

int cmd_update_token(const struct ctl *ctl, int argc, char **argv)
{
    struct token_command c = {0};
    const struct flag flags[] = {FLAG_TOKEN_GROUP(c.group), FLAG_TOKEN(c),
                                 FLAGS_TOKEN_VALUE(c, NULL, NULL)};
    const struct flag_set set = {
        .synopsis = "galenectl update-token -group NAME -token TOKEN [flag...]",
        FLAGS_OF(flags),
    };
    struct error e = {0};
    int status = command_flags(&set, argc, argv, NULL);

    if (status >= 0)
        return status;
    if (!c.permissions && !c.has_duration && !c.user && !c.has_include_subgroups)
        return usage_error("nothing to change: give -permissions, -duration, -user or "
                           "-include-subgroups");
    if (c.permissions && permission_flag_token(&c.permission, c.permissions, &e) < 0)
        return report_error("Parse permissions", &e);
    status = update(ctl, &c);
    json_object_put(c.permission);
    return status;
}

int cmd_revoke_token(const struct ctl *ctl, int argc, char **argv)
{
    struct token_command c = {.has_duration = true, .duration_ns = -60 * NS_PER_S};
    const struct flag flags[] = {FLAG_TOKEN_GROUP(c.group), FLAG_TOKEN(c)};
    const struct flag_set set = {
        .synopsis = "galenectl revoke-token -group NAME -token TOKEN",
        .about = "Lets a token expire. Who is in the group already stays.",
        FLAGS_OF(flags),
    };
    int status = command_flags(&set, argc, argv, NULL);

    return status >= 0 ? status : update(ctl, &c);
}

int cmd_delete_token(const struct ctl *ctl, int argc, char **argv)
{
    struct token_command c = {0};
    const char *if_match = NULL;
    const struct flag flags[] = {FLAG_TOKEN_GROUP(c.group), FLAG_TOKEN(c), FLAG_IF_MATCH(if_match)};
    const struct flag_set set = {
        .synopsis = "galenectl delete-token -group NAME -token TOKEN",
        FLAGS_OF(flags),
    };
    struct call call = {.ctl = ctl, .action = "Delete token"};
    int status = command_flags(&set, argc, argv, NULL);

    if (status >= 0)
        return status;
    return call_delete(&call, api_path_token(&call.path, c.group, c.token, &call.e), if_match);
}
