/*
 * What a program costs, as /proc tells it (proc(5)): processor time, memory, descriptors.
 */
#ifndef NEREID_COMMON_PROCESS_METRICS_H
#define NEREID_COMMON_PROCESS_METRICS_H

#include <sys/types.h>

#include "common/metric_set.h"

/**
 * Add process_cpu_seconds_total, process_resident_memory_bytes, process_open_fds, process_max_fds
 * and start_time_seconds with the label program, and build_info with its version.
 * @param leader the process that started the program; its children that still run are counted with
 *               it, and the processor time of those that ended. What /proc does not show is left
 * out
 */
void process_metrics_add(struct metric_set *s, const char *program, pid_t leader);

#endif
