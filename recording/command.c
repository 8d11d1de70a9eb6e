#include "recording/command.h"

#include <getopt.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "common/macros.h"
#include "common/now.h"
#include "common/recording_name.h"
#include "common/span.h"
#include "recording/film_file.h"
#include "recording/folder.h"
#include "recording/parent_folder.h"
#include "recording/poster.h"
#include "recording/repair.h"
#include "recording/tend.h"

const char command_usage[] =
    "usage: nereid-recording COMMAND ARGUMENT...\n"
    "  tend DIR                 care for all recordings below DIR: repair, describe, empty the "
    "trash\n"
    "  repair FILE              finish FILE, NAME.webm.part or NAME.mkv.part, which a crash left\n"
    "  poster FILE              make the picture that stands for FILE in lists\n"
    "  mix [--output FILE] DIR GROUP START\n"
    "                           one film of a meeting: all recordings of GROUP below DIR that "
    "overlap\n"
    "                           the one whose name begins with the time START; SIGTERM stops it\n"
    "options, before COMMAND:\n"
    "  --die-with PID           end when this process, which started us, ends\n"
    "  --help\n";

/* ---- commands ---- */

static int run_tend(const struct command *c, struct error *e)
{
    return tend(c->arguments[0], now_realtime_us(), e);
}

static int run_repair(const struct command *c, struct error *e)
{
    enum repair_result result = REPAIR_SKIPPED;
    const char *name;
    char done[256];
    int folder = parent_folder_open(c->arguments[0], &name, e), r;

    if (folder < 0)
        return folder;
    if (name_is_part(name) && !folder_has_file(folder, name, NULL))
        r = error_set(e, ERR_NOT_FOUND, c->arguments[0], "there is no such file");
    else
        r = repair_part(&result, done, sizeof done, folder, name, now_realtime_us(), e);
    close(folder);
    if (r == 0 && result == REPAIR_SKIPPED)
        r = error_set(e, ERR_BUSY, c->arguments[0], "this recording is still written");
    if (r == 0)
        printf("%s\n", result == REPAIR_DONE ? done : "removed: there was no frame in it");
    return r;
}

static int run_poster(const struct command *c, struct error *e)
{
    const char *name;
    int folder = parent_folder_open(c->arguments[0], &name, e), r;

    if (folder < 0)
        return folder;
    if (!name_is_recording(name))
        r = error_set(e, ERR_INVALID, NULL, "its name does not end in .webm or .mkv");
    else
        r = poster_make(folder, name, e);
    close(folder);
    if (r < 0 && e && !*e->place)
        snprintf(e->place, sizeof e->place, "%s", c->arguments[0]);
    return r;
}

static int run_mix(const struct command *c, struct error *e)
{
    return film_file_make(c->arguments[0], c->arguments[1], c->arguments[2], c->output, e);
}

static int check_mix(const struct command *c, struct error *e)
{
    const char *start = c->arguments[2];

    if (strlen(start) != RECORDING_TIME_LEN || !recording_name_time(start, NULL))
        return error_set(e, ERR_INVALID, "START",
                         "this is no time of a recording, as 2026-11-29T12:00:00.123");
    return 0;
}

static const struct {
    const char *name;
    int n_arguments;
    bool takes_output;
    int (*run)(const struct command *command, struct error *e);
    int (*check)(const struct command *command, struct error *e); /* NULL: nothing to check */
    const char *usage;
} commands[] = {
    {"tend", 1, false, run_tend, NULL, "tend DIR"},
    {"repair", 1, false, run_repair, NULL, "repair FILE"},
    {"poster", 1, false, run_poster, NULL, "poster FILE"},
    {"mix", 3, true, run_mix, check_mix, "mix [--output FILE] DIR GROUP START"},
};

/* ---- command line ---- */

enum option_id { OPTION_DIE_WITH = 1, OPTION_HELP };

static const struct option long_options[] = {
    {"die-with", required_argument, NULL, OPTION_DIE_WITH},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static int parse_option(struct command *c, int id, struct error *e)
{
    uint64_t number;

    switch (id) {
    case OPTION_DIE_WITH:
        if (!span_u64(span_str(optarg), &number) || number == 0 || number > INT_MAX)
            return error_set(e, ERR_INVALID, "--die-with", "this is no process");
        c->parent = (pid_t)number;
        return 0;
    case OPTION_HELP:
        c->help = true;
        return 0;
    default:
        return error_set(e, ERR_INVALID, NULL,
                         "this option is not known or lacks its value; see --help");
    }
}

static int parse_arguments(struct command *c, int n, char **arguments, struct error *e)
{
    size_t i = 0;

    if (n == 0)
        return error_set(e, ERR_INVALID, NULL, "what to do is missing; see --help");
    while (i < LENGTH(commands) && strcmp(commands[i].name, arguments[0]) != 0)
        i++;
    if (i == LENGTH(commands)) {
        char name[64];

        return error_set(e, ERR_INVALID, NULL, "there is no command %s; see --help",
                         span_printable(span_str(arguments[0]), name, sizeof name));
    }
    if (commands[i].takes_output && n > 2 && strcmp(arguments[1], "--output") == 0 &&
        *arguments[2]) {
        c->output = arguments[2];
        n -= 2;
        arguments += 2;
    }
    if (n - 1 != commands[i].n_arguments)
        return error_set(e, ERR_INVALID, NULL, "usage: nereid-recording %s", commands[i].usage);
    for (int k = 1; k < n; k++) {
        if (!*arguments[k])
            return error_set(e, ERR_INVALID, NULL, "usage: nereid-recording %s, none of them empty",
                             commands[i].usage);
        c->arguments[k - 1] = arguments[k];
    }
    c->run = commands[i].run;
    return commands[i].check ? commands[i].check(c, e) : 0;
}

int command_parse(struct command *out, int argc, char **argv, struct error *e)
{
    struct command c = {0};
    int id, r = 0;

    opterr = 0;
    while (r == 0 && (id = getopt_long(argc, argv, "+", long_options, NULL)) != -1)
        r = parse_option(&c, id, e);
    if (r == 0 && !c.help)
        r = parse_arguments(&c, argc - optind, argv + optind, e);
    if (r == 0)
        *out = c;
    return r;
}

int command_run(const struct command *command, struct error *e)
{
    return command->run(command, e);
}
