/*
 * Command line of the load test of signalling.
 */
#ifndef NEREID_TESTS_BENCH_CHATLOAD_OPTIONS_H
#define NEREID_TESTS_BENCH_CHATLOAD_OPTIONS_H

#include "tests/bench/loadgen/command_line.h"

#define CHAT_SIZE_MAX 4000

struct options {
    struct target target; /* with more than one group: GROUP/0, GROUP/1, ... */
    const char *control;  /* path of mediad's control socket, or NULL */
    unsigned groups, clients;
    unsigned talking; /* groups that chat; members of the others are silent */
    unsigned at_once; /* connections that are joining at any time */
    unsigned rate;    /* chats per second and group */
    unsigned size;    /* bytes of a chat's text */
};

/** @return 0, or 2 (an exit status) after a message and the usage on stderr */
int options_parse(struct options *o, int argc, char **argv);

#endif
