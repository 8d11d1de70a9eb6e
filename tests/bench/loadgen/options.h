/*
 * Command line of the load generator.
 */
#ifndef NEREID_TESTS_BENCH_LOADGEN_OPTIONS_H
#define NEREID_TESTS_BENCH_LOADGEN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define PIDS_MAX 16

struct options {
    const char *url;
    const char *group;
    const char *password;
    const char *local_ip;
    unsigned publishers, subscribers;
    unsigned seconds;
    unsigned rate_bps, pps;
    unsigned drop_percent;
    bool has_audio;
    bool wants_pli;
    pid_t pids[PIDS_MAX];
    size_t n_pids;
};

/** @return 0, or 2 (an exit status) after a message and the usage on stderr */
int options_parse(struct options *o, int argc, char **argv);

#endif
