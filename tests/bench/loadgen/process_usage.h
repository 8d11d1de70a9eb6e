/*
 * What a process on this machine has used: CPU seconds and memory, from /proc/PID (proc(5)).
 */
#ifndef NEREID_TESTS_BENCH_LOADGEN_PROCESS_USAGE_H
#define NEREID_TESTS_BENCH_LOADGEN_PROCESS_USAGE_H

#include <sys/types.h>

#include "common/error.h"

struct process_usage {
    char name[32]; /* as in /proc/PID/comm */
    double cpu_s;  /* user and system, children that were waited for left out */
    double rss_mb; /* resident now */
};

int process_usage_read(struct process_usage *out, pid_t pid) MUST_USE;
/** One for each of n processes; one that cannot be read is "gone" and used nothing. */
void process_usage_read_all(struct process_usage *out, const pid_t *pids, size_t n);
/** CPU seconds of this process so far. */
double process_usage_own_s(void);

#endif
