#include "galenectl/command.h"

#include <stdarg.h>
#include <string.h>

const struct command commands[] = {
    {"create-group", "create a group", cmd_create_group},
    {"create-token", "create a token and print it", cmd_create_token},
    {"create-user", "create a user of a group", cmd_create_user},
    {"delete-group", "delete a group", cmd_delete_group},
    {"delete-keys", "remove a group's keys for cryptographic tokens", cmd_delete_keys},
    {"delete-password", "remove a user's password", cmd_delete_password},
    {"delete-token", "delete a token", cmd_delete_token},
    {"delete-user", "delete a user of a group", cmd_delete_user},
    {"hash-password", "make a password object and print it", cmd_hash_password},
    {"initial-setup", "make the first configuration of server and client", cmd_initial_setup},
    {"list-groups", "list groups", cmd_list_groups},
    {"list-tokens", "list tokens", cmd_list_tokens},
    {"list-users", "list the users of a group", cmd_list_users},
    {"revoke-token", "let a token expire now", cmd_revoke_token},
    {"set-keys", "set a group's keys for cryptographic tokens", cmd_set_keys},
    {"set-password", "set a user's password", cmd_set_password},
    {"show-group", "show a group's description", cmd_show_group},
    {"show-stats", "show what happens on the server", cmd_show_stats},
    {"update-group", "change a group", cmd_update_group},
    {"update-token", "change a token", cmd_update_token},
    {"update-user", "change a user of a group", cmd_update_user},
};
const size_t n_commands = sizeof commands / sizeof commands[0];

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < n_commands; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

int command_flags(const struct flag_set *set, int argc, char **argv, int *first)
{
    int at = argc;

    switch (flags_parse(set, argc, argv, &at, stderr)) {
    case FLAGS_HELP:
        return 0;
    case FLAGS_BAD:
        return 2;
    case FLAGS_OK:
        break;
    }
    if (first) {
        *first = at;
    } else if (at < argc) {
        flags_usage(set, stderr);
        return 1;
    }
    return -1;
}

int command_flags_group(const struct flag_set *set, int argc, char **argv, int *first,
                        const char *const *group)
{
    int status = command_flags(set, argc, argv, first);

    if (status < 0 && !(*group)[0])
        status = usage_error("option -group is required");
    return status;
}

int session_open(struct session *s, const struct ctl *ctl, struct error *e)
{
    struct session opened = {0};
    char *path = NULL;
    int r = settings_path(&path, ctl->config, e);

    if (r < 0)
        return r;
    r = settings_load(&opened.settings, &ctl->flags, path, e);
    if (r < 0) {
        struct error cause = e ? *e : (struct error){0};
        char text[sizeof cause.place + sizeof cause.text];

        error_set(e, r, NULL, "failed to read configuration file %.60s: %.120s", path,
                  error_describe(&cause, text, sizeof text));
    }
    free(path);
    if (r < 0)
        return r;
    *s = opened;
    r = api_client_new(&s->client, &s->settings, ctl->insecure, e);
    if (r < 0)
        session_close(s);
    return r;
}

void session_close(struct session *s)
{
    api_client_free(s->client);
    settings_release(&s->settings);
    *s = (struct session){0};
}

int command_delete(const struct ctl *ctl, int r, struct buf *path, const char *if_match,
                   const char *action, struct error *e)
{
    struct session s = {0};

    if (r == 0)
        r = session_open(&s, ctl, e);
    if (r == 0)
        r = api_delete(s.client, buf_str(path), if_match, e);
    session_close(&s);
    buf_release(path);
    return r < 0 ? report_error(action, e) : 0;
}

int usage_error(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    return 1;
}

int user_flags_resolve(const struct user_flags *flags, struct user_ref *out)
{
    bool is_named = flags->is_given && flags->name && flags->name[0];

    if (is_named + flags->wildcard + flags->empty != 1)
        return usage_error("exactly one of -user NAME, -wildcard and -empty is needed");
    out->kind = is_named ? USER_NAMED : flags->wildcard ? USER_WILDCARD : USER_EMPTY;
    out->name = flags->name;
    return -1;
}
