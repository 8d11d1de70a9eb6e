/*
 * One run of the load generator and what it prints.
 */
#ifndef NEREID_TESTS_BENCH_LOADGEN_REPORT_H
#define NEREID_TESTS_BENCH_LOADGEN_REPORT_H

#include "tests/bench/loadgen/client.h"
#include "tests/bench/loadgen/options.h"
#include "tests/bench/loadgen/process_usage.h"
#include "tests/bench/loadgen/traffic.h"

struct run {
    struct options options;
    struct client_config config;
    struct client *clients;
    unsigned n_clients, n_started;
    struct link_loop *links;
    struct dtls_identity *identity;
    struct traffic traffic;
    int epoll;
    struct process_usage before[PIDS_MAX], after[PIDS_MAX];
    double self_before_s, self_after_s; /* CPU seconds of ours */
    int64_t started_us, ended_us;
};

struct connected {
    unsigned up, down, failed; /* peer connections; failed ones and clients */
};

struct connected run_connected(const struct run *run);
/** One JSON object on stdout. @param packets forwarded by the server while measuring */
void run_print(const struct run *run, uint64_t packets, bool all_connected);

#endif
