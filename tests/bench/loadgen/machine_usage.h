/*
 * How busy the whole machine was, from /proc/stat (proc(5)): what a measured figure may owe to
 * others.
 */
#ifndef NEREID_TESTS_BENCH_LOADGEN_MACHINE_USAGE_H
#define NEREID_TESTS_BENCH_LOADGEN_MACHINE_USAGE_H

#include "common/error.h"

/** CPU seconds of all cores since the machine started; ticks, so good to 10 ms. */
struct machine_usage {
    double busy_s;   /* user, nice, system and interrupts */
    double stolen_s; /* that the host gave to others while a core was ready to run */
};

/** @param text of /proc/stat  @param ticks_per_s its unit  @return 0, ERR_SYNTAX */
int machine_usage_parse(struct machine_usage *out, const char *text, long ticks_per_s) MUST_USE;
int machine_usage_read(struct machine_usage *out) MUST_USE;

#endif
