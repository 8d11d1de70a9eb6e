#include "recording/command.h"

#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/macros.h"
#include "common/now.h"
#include "common/span.h"
#include "recording/folder.h"
#include "recording/poster.h"
#include "recording/repair.h"
#include "recording/tend.h"

const char command_usage[] =
    "usage: nereid-recording COMMAND ARGUMENT...\n"
    "  tend DIR                 care for all recordings below DIR: repair, describe, empty the "
    "trash\n"
    "  repair FILE              finish FILE, NAME.webm.part or NAME.mkv.part, which a crash left\n"
    "  poster FILE              make the picture that stands for FILE in lists\n"
    "options, before COMMAND:\n"
    "  --die-with PID           end when this process, which started us, ends\n"
    "  --help\n";

/* ---- commands ---- */

static int run_tend(const struct command *c, struct error *e)
{
    return tend(c->arguments[0], now_realtime_us(), e);
}

/* The folder of a file that a person named, and its name in it. @return descriptor, or enum err */
static int open_parent(const char *path, const char **name, struct error *e)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? span_dup(span_of(path, (size_t)(slash - path + 1))) : strdup(".");
    int fd;

    if (!folder)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        fd = error_set_errno(e, folder, "cannot be opened");
    *name = slash ? slash + 1 : path;
    free(folder);
    return fd;
}

static int run_repair(const struct command *c, struct error *e)
{
    enum repair_result result = REPAIR_SKIPPED;
    const char *name;
    char done[256];
    int folder = open_parent(c->arguments[0], &name, e), r;

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
    int folder = open_parent(c->arguments[0], &name, e), r;

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

static const struct {
    const char *name;
    int n_arguments;
    int (*run)(const struct command *command, struct error *e);
    const char *usage;
} commands[] = {
    {"tend", 1, run_tend, "tend DIR"},
    {"repair", 1, run_repair, "repair FILE"},
    {"poster", 1, run_poster, "poster FILE"},
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
    if (n - 1 != commands[i].n_arguments)
        return error_set(e, ERR_INVALID, NULL, "usage: nereid-recording %s", commands[i].usage);
    for (int k = 1; k < n; k++) {
        if (!*arguments[k])
            return error_set(e, ERR_INVALID, NULL, "usage: nereid-recording %s, none of them empty",
                             commands[i].usage);
        c->arguments[k - 1] = arguments[k];
    }
    c->run = commands[i].run;
    return 0;
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
