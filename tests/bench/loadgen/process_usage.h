/*
 * What a process on this machine has used: CPU seconds and memory, from /proc/PID (proc(5)).
 */
#ifndef NEREID_TESTS_BENCH_LOADGEN_PROCESS_USAGE_H
#define NEREID_TESTS_BENCH_LOADGEN_PROCESS_USAGE_H

#include <sys/types.h>

#include "common/error.h"

struct process_usage {
    char name[32];   /* as in /proc/PID/comm */
    double cpu_s;    /* of the threads that run now, to the nanosecond; without children */
    double waited_s; /* that those threads were ready to run, and others did */
    double rss_mb;   /* resident now */
};

/** One thread's /proc/PID/task/TID/schedstat: add its times to `u`. @return 0, ERR_SYNTAX */
int process_usage_add_schedstat(struct process_usage *u, const char *text) MUST_USE;
int process_usage_read(struct process_usage *out, pid_t pid) MUST_USE;
/** One for each of n processes; one that cannot be read is "gone" and used nothing. */
void process_usage_read_all(struct process_usage *out, const pid_t *pids, size_t n);
/** CPU seconds of this process so far. */
double process_usage_own_s(void);

#endif
