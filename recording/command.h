/*
 * The command line of nereid-recording, and who does what it asks for.
 */
#ifndef NEREID_RECORDING_COMMAND_H
#define NEREID_RECORDING_COMMAND_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/error.h"

/** Strings are borrowed from argv. */
struct command {
    int (*run)(const struct command *command, struct error *e);
    const char *arguments[3];
    const char *output; /* of mix; NULL: not said */
    pid_t parent;       /* to die with; 0: none */
    bool help;
};

extern const char command_usage[];

/** @return 0, or ERR_INVALID with a sentence that says what is wrong */
int command_parse(struct command *out, int argc, char **argv, struct error *e) MUST_USE;
/** @return 0, or what went wrong with which file */
int command_run(const struct command *command, struct error *e) MUST_USE;

#endif
