/*
 * The table of galenectl's commands, and what they share. Each family has a file: cmd_FAMILY.h.
 */
#ifndef NEREID_GALENECTL_COMMAND_H
#define NEREID_GALENECTL_COMMAND_H

#include "galenectl/api_path.h"
#include "galenectl/flags.h"
#include "galenectl/settings.h"

/** What stands before the command on the command line. */
struct ctl {
    struct settings flags; /* members borrowed from argv; NULL or "" when not given */
    const char *config;    /* -config, or NULL */
    bool insecure;
};

/**
 * One command: parses its flags, does its work, tells on stderr what failed. Declared in the header
 * of its family, cmd_FAMILY.h.
 *
 * @param argv argv[0] is the command's name
 * @return exit status: 0, 1 (usage, or the work failed), 2 (flags that cannot be parsed)
 */
typedef int command_fn(const struct ctl *ctl, int argc, char **argv);

struct command {
    const char *name;
    const char *about; /* one line */
    command_fn *run;
};

extern const struct command commands[]; /* sorted by name */
extern const size_t n_commands;

/** The command of a name, spelled exactly; NULL: there is none. */
const struct command *command_find(const char *name);

/**
 * Parse flags, see that those are there which are needed, and that nothing follows them unless
 * `first` is given.
 * @return -1 to go on, else the exit status
 */
int command_flags(const struct flag_set *set, int argc, char **argv, int *first);

/** Print a usage error. @return 1 */
int usage_error(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* The flags that many commands share. */
#define FLAG_GROUP(at)                                                                             \
    {                                                                                              \
        .name = "group", .kind = FLAG_STRING, .value = &(at), .word = "NAME", .help = "the group", \
        .need = FLAG_NOT_EMPTY                                                                     \
    }
#define FLAG_TOKEN_GROUP(at)                                                                       \
    {                                                                                              \
        .name = "group", .kind = FLAG_STRING, .value = &(at), .word = "NAME",                      \
        .help = "the group; '' for tokens of the whole server", .need = FLAG_GIVEN                 \
    }
#define FLAG_JSON_OUTPUT(at)                                                                       \
    {                                                                                              \
        .name = "json", .kind = FLAG_BOOL, .value = &(at), .help = "print JSON"                    \
    }
#define FLAG_IF_MATCH(at)                                                                          \
    {                                                                                              \
        .name = "if-match", .kind = FLAG_STRING, .value = &(at), .word = "ETAG",                   \
        .help = "only when the server's ETag is this one"                                          \
    }

/** -user, -wildcard and -empty. */
struct user_flags {
    const char *name;
    bool wildcard;
    bool empty;
};
#define FLAGS_USER(at)                                                                             \
    {.name = "user",                                                                               \
     .kind = FLAG_STRING,                                                                          \
     .value = &(at).name,                                                                          \
     .word = "NAME",                                                                               \
     .help = "the user"},                                                                          \
        {.name = "wildcard",                                                                       \
         .kind = FLAG_BOOL,                                                                        \
         .value = &(at).wildcard,                                                                  \
         .help = "the wildcard user, for all names without an entry"},                             \
    {                                                                                              \
        .name = "empty", .kind = FLAG_BOOL, .value = &(at).empty,                                  \
        .help = "the user without a name"                                                          \
    }

/** Which user is meant; a usage error when that is not exactly one. @return -1 to go on, else 1 */
int user_flags_resolve(const struct user_flags *flags, struct user_ref *out);

#endif
