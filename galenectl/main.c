/*
 * galenectl: administration of a Galene or Nereid server from the command line, as a client of its
 * HTTP API.
 */
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "galenectl/command.h"
#include "galenectl/report.h"

static void list_commands(FILE *stream)
{
    fprintf(stream, "\nCommands:\n");
    for (size_t i = 0; i < n_commands; i++)
        fprintf(stream, "  %-16s %s\n", commands[i].name, commands[i].about);
    fprintf(stream, "\nRun 'galenectl COMMAND -help' for the flags of a command.\n");
}

static int run_command(struct ctl *ctl, const struct flag_set *set, int argc, char **argv)
{
    const struct command *command = argc > 0 ? command_find(argv[0]) : NULL;

    if (command)
        return command->run(ctl, argc, argv);
    if (argc > 0)
        return usage_error("unknown command: %s\nRun 'galenectl -help' for the list of commands.",
                           argv[0]);
    flags_usage(set, stderr);
    return 1;
}

/* The global flags come before the command. */
static int run(int argc, char **argv)
{
    struct ctl ctl = {0};
    bool is_version_asked = false;
    const struct flag flags[] = {
        {.name = "server",
         .kind = FLAG_STRING,
         .value = &ctl.flags.server,
         .word = "URL",
         .help = "base URL of the server",
         .normal = "from the configuration file, else " SERVER_DEFAULT},
        {.name = "insecure",
         .kind = FLAG_BOOL,
         .value = &ctl.insecure,
         .help = "do not verify the server's certificate"},
        {.name = "config",
         .kind = FLAG_STRING,
         .value = &ctl.config,
         .word = "FILE",
         .help = "configuration file of this client",
         .normal = "galene/galenectl.json in $XDG_CONFIG_HOME or $HOME/.config"},
        {.name = "admin-username",
         .kind = FLAG_STRING,
         .value = &ctl.flags.username,
         .word = "NAME",
         .help = "administrator to log in as"},
        {.name = "admin-password",
         .kind = FLAG_STRING,
         .value = &ctl.flags.password,
         .word = "PASSWORD",
         .help = "their password; other users can see it in the list of processes"},
        {.name = "admin-token",
         .kind = FLAG_STRING,
         .value = &ctl.flags.token,
         .word = "TOKEN",
         .help = "token to use instead, from create-token with -permissions admin"},
        {.name = "version",
         .kind = FLAG_BOOL,
         .value = &is_version_asked,
         .help = "print the version"},
    };
    const struct flag_set set = {
        .synopsis = "galenectl [flag...] COMMAND [flag...] [argument...]",
        FLAGS_OF(flags),
        .examples = "  galenectl list-groups\n"
                    "  galenectl -admin-token TOKEN show-group -group city-watch",
        .more = list_commands,
    };
    int first = argc;
    int status = command_flags(&set, argc, argv, &first);

    if (status >= 0)
        return status;
    if (is_version_asked) {
        puts("galenectl " NEREID_VERSION);
        return 0;
    }
    return run_command(&ctl, &set, argc - first, argv + first);
}

int main(int argc, char **argv)
{
    static const struct rlimit no_core;
    int status;

    /* Passwords must not end in a core dump (SEC-22). */
    setrlimit(RLIMIT_CORE, &no_core);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
        return report("the HTTP client cannot start");
    status = run(argc, argv);
    curl_global_cleanup();
    /* What could not be written earlier is remembered there, without its cause. */
    if (status == 0 && fflush(stdout) != 0)
        status = report("cannot write to standard output: %s", strerror(errno));
    else if (status == 0 && ferror(stdout))
        status = report("cannot write to standard output");
    return status;
}
