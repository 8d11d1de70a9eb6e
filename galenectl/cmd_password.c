/* hash-password, set-password, delete-password */
#include "galenectl/cmd_password.h"

#include "galenectl/call.h"
#include "galenectl/password_flags.h"
#include "galenectl/report.h"

int cmd_hash_password(const struct ctl *ctl, int argc, char **argv)
{
    struct password_flags password = PASSWORD_FLAGS_DEFAULT;
    struct flag flags[N_PASSWORD_FLAGS];
    const struct flag_set set = {
        .synopsis = "galenectl hash-password [flag...]",
        .about = "Makes the object that a group file holds as a user's password, and prints it.",
        FLAGS_OF(flags),
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
    return 0;
}

static int password_path(struct buf *out, const char *group, const struct user_ref *user,
                         struct error *e)
{
    int r = api_path_user(out, group, user, e);

    buf_add_str(out, "/.password");
    return r < 0 ? r : api_path_check(out, e);
}

#define N_USER_FLAGS 4 /* -group, -user, -wildcard, -empty */

int cmd_set_password(const struct ctl *ctl, int argc, char **argv)
{
    struct password_flags password = PASSWORD_FLAGS_DEFAULT;
    struct user_flags user = {0};
    const char *group = NULL;
    struct flag flags[N_USER_FLAGS + N_PASSWORD_FLAGS] = {FLAG_GROUP(group), FLAGS_USER(user)};
    const struct flag_set set = {
        .synopsis = "galenectl set-password -group NAME (-user NAME | -wildcard | -empty) "
                    "[flag...]",
        .about = "Sets a user's password. Without -password it is asked for, or read from one\n"
                 "line of standard input where that is no terminal.",
        FLAGS_OF(flags),
        .examples = "  galenectl set-password -group city-watch -user vimes\n"
                    "  galenectl set-password -group city-watch -wildcard -type wildcard",
    };
    struct call call = {.ctl = ctl, .action = "Set password"};
    struct user_ref ref;
    struct json_object *json = NULL;
    int status;
    int r;

    password_flags_list(flags + N_USER_FLAGS, &password);
    status = command_flags(&set, argc, argv, NULL);
    if (status < 0)
        status = user_flags_resolve(&user, &ref);
    if (status >= 0)
        return status;
    /* Settings first: nobody should type a password for nothing. */
    r = call_open(&call, password_path(&call.path, group, &ref, &call.e));
    if (r == 0)
        r = password_flags_make(&json, &password, &call.e);
    return call_replace(&call, r, json, NULL);
}

int cmd_delete_password(const struct ctl *ctl, int argc, char **argv)
{
    struct user_flags user = {0};
    const char *group = NULL;
    const char *if_match = NULL;
    const struct flag flags[] = {FLAG_GROUP(group), FLAGS_USER(user), FLAG_IF_MATCH(if_match)};
    const struct flag_set set = {
        .synopsis = "galenectl delete-password -group NAME (-user NAME | -wildcard | -empty)",
        .about = "Removes a user's password: nobody can log in as that user any more.",
        FLAGS_OF(flags),
    };
    struct call call = {.ctl = ctl, .action = "Delete password"};
    struct user_ref ref;
    int status = command_flags(&set, argc, argv, NULL);

    if (status < 0)
        status = user_flags_resolve(&user, &ref);
    if (status >= 0)
        return status;
    return call_delete(&call, password_path(&call.path, group, &ref, &call.e), if_match);
}
