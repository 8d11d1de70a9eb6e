/* hash-password, set-password, delete-password */
#include "galenectl/command.h"

#include <string.h>

#include "galenectl/password_flags.h"

int cmd_hash_password(const struct ctl *ctl, int argc, char **argv)
{
    struct password_flags password = PASSWORD_FLAGS_DEFAULT;
    struct flag flags[N_PASSWORD_FLAGS];
    const struct flag_set set = {
        .synopsis = "galenectl hash-password [flag...]",
        .about = "Makes the object that a group file holds as a user's password, and prints it.",
        .flags = flags,
        .n_flags = N_PASSWORD_FLAGS,
        .examples = "  galenectl hash-password\n"
                    "  galenectl hash-password -type wildcard",
    };
    struct json_object *json = NULL;
    struct error e = {0};
    int status;

    (void)ctl;
    password_flags_list(flags, &password);
    status = command_flags(&set, argc, argv, NULL);
    if (status >= 0)
        return status;
    if (password_flags_make(&json, &password, &e) < 0)
        return report_error("Make password", &e);
    puts(json_object_to_json_string_ext(json,
                                        JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(json);
    return fflush(stdout) == 0 ? 0 : report("Encode: cannot write");
}

static int password_path(struct buf *out, const char *group, const struct user_ref *user,
                         struct error *e)
{
    int r = api_path_user(out, group, user, e);

    buf_add_str(out, "/.password");
    return r < 0 ? r : buf_check(out);
}

int cmd_set_password(const struct ctl *ctl, int argc, char **argv)
{
    struct password_flags password = PASSWORD_FLAGS_DEFAULT;
    struct user_flags user = {0};
    const char *group = "";
    struct flag flags[N_PASSWORD_FLAGS + 4] = {FLAG_GROUP(group), FLAGS_USER(user)};
    const struct flag_set set = {
        .synopsis = "galenectl set-password -group NAME (-user NAME | -wildcard | -empty) "
                    "[flag...]",
        .about = "Sets a user's password. Without -password it is asked for, or read from one\n"
                 "line of standard input where that is no terminal.",
        .flags = flags,
        .n_flags = N_PASSWORD_FLAGS + 4,
        .examples = "  galenectl set-password -group city-watch -user vimes\n"
                    "  galenectl set-password -group city-watch -wildcard -type wildcard",
    };
    static const struct api_put plain_put;
    struct session s = {0};
    struct user_ref ref;
    struct json_object *json = NULL;
    struct buf path = {0};
    struct error e = {0};
    int status;
    int r;

    password_flags_list(flags + 4, &password);
    status = command_flags(&set, argc, argv, NULL);
    if (status >= 0)
        return status;
    if (!group[0])
        return usage_error("option -group is required");
    status = user_flags_resolve(&user, &ref);
    if (status >= 0)
        return status;
    r = password_path(&path, group, &ref, &e);
    if (r == 0)
        r = session_open(&s, ctl, &e);
    if (r == 0)
        r = password_flags_make(&json, &password, &e);
    if (r == 0)
        r = api_put(s.client, buf_str(&path), json, &plain_put, &e);
    json_object_put(json);
    session_close(&s);
    buf_release(&path);
    return r < 0 ? report_error("Set password", &e) : 0;
}

int cmd_delete_password(const struct ctl *ctl, int argc, char **argv)
{
    struct user_flags user = {0};
    const char *group = "";
    const char *if_match = NULL;
    const struct flag flags[] = {FLAG_GROUP(group), FLAGS_USER(user), FLAG_IF_MATCH(if_match)};
    const struct flag_set set = {
        .synopsis = "galenectl delete-password -group NAME (-user NAME | -wildcard | -empty)",
        .about = "Removes a user's password: nobody can log in as that user any more.",
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
    r = password_path(&path, group, &ref, &e);
    return command_delete(ctl, r, &path, if_match, "Delete password", &e);
}
