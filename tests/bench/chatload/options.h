/*
 * Command line of the load test of signalling.
 */
#ifndef NEREID_TESTS_BENCH_CHATLOAD_OPTIONS_H
#define NEREID_TESTS_BENCH_CHATLOAD_OPTIONS_H

#include <stddef.h>
#include <sys/types.h>

#define PIDS_MAX 16
#define CHAT_SIZE_MAX 4000

struct options {
    const char *url;
    const char *group; /* with more than one group: GROUP/0, GROUP/1, ... */
    const char *password;
    const char *control; /* path of mediad's control socket, or NULL */
    unsigned groups, clients;
    unsigned at_once; /* connections that are joining at any time */
    unsigned rate;    /* chats per second and group */
    unsigned size;    /* bytes of a chat's text */
    unsigned seconds;
    pid_t pids[PIDS_MAX];
    size_t n_pids;
};

/** @return 0, or 2 (an exit status) after a message and the usage on stderr */
int options_parse(struct options *o, int argc, char **argv);

#endif
