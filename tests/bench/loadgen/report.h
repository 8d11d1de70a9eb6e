/*
 * One run of the load generator and what it prints.
 */
#ifndef NEREID_TESTS_BENCH_LOADGEN_REPORT_H
#define NEREID_TESTS_BENCH_LOADGEN_REPORT_H

#include "tests/bench/loadgen/client.h"
#include "tests/bench/loadgen/machine_usage.h"
#include "tests/bench/loadgen/options.h"
#include "tests/bench/loadgen/process_usage.h"
#include "tests/bench/loadgen/traffic.h"

/** What was used until one moment. */
struct usage {
    struct process_usage processes[PIDS_MAX]; /* of options.target.pids */
    double own_s;                             /* CPU seconds of this program */
    struct machine_usage machine;
};

struct run {
    struct options options;
    struct client_config config;
    struct client *clients;
    unsigned n_clients, n_started;
    struct link_loop *links;
    struct dtls_identity *identity;
    struct traffic traffic;
    int epoll;
    int64_t connect_us; /* from the first client's start until all were connected */
    struct usage before, after;
    int64_t started_us, ended_us;
};

struct connected {
    unsigned up, down, failed; /* peer connections; failed ones and clients */
};

/** What there is when everybody is connected. */
struct connected run_wanted(const struct run *run);
struct connected run_connected(const struct run *run);
/** One JSON object on stdout. @param packets forwarded by the server while measuring */
void run_print(const struct run *run, uint64_t packets, bool all_connected);

#endif
