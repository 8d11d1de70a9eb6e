#include "galenectl/command.h"

#include <stdarg.h>
#include <string.h>

#include "common/macros.h"
#include "galenectl/cmd_group.h"
#include "galenectl/cmd_list_tokens.h"
#include "galenectl/cmd_password.h"
#include "galenectl/cmd_server.h"
#include "galenectl/cmd_setup.h"
#include "galenectl/cmd_token.h"
#include "galenectl/cmd_user.h"

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
const size_t n_commands = LENGTH(commands);

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < n_commands; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

/* @return -1 to go on, else 1 */
static int check_needs(const struct flag_set *set)
{
    for (size_t i = 0; i < set->n_flags; i++) {
        const struct flag *f = &set->flags[i];
        const char *text = f->kind == FLAG_STRING ? *(const char *const *)f->value : NULL;

        if (f->need == FLAG_GIVEN && !text)
            return usage_error("option -%s is required (%s)", f->name, f->help);
        if (f->need == FLAG_NOT_EMPTY && !(text && text[0]))
            return usage_error("option -%s is required", f->name);
    }
    return -1;
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
        usage_error("unexpected argument: %s", argv[at]);
        flags_usage(set, stderr);
        return 1;
    }
    return check_needs(set);
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
    bool is_named = flags->name && flags->name[0];

    if (is_named + flags->wildcard + flags->empty != 1)
        return usage_error("exactly one of -user NAME, -wildcard and -empty is needed");
    out->kind = is_named ? USER_NAMED : flags->wildcard ? USER_WILDCARD : USER_EMPTY;
    out->name = flags->name;
    return -1;
}
