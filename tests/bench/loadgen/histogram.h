/*
 * Durations in microseconds, counted in buckets of 1/16 relative width: constant memory, and
 * percentiles good to 6 %.
 */
#ifndef NEREID_TESTS_BENCH_LOADGEN_HISTOGRAM_H
#define NEREID_TESTS_BENCH_LOADGEN_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BUCKETS (64 * 16)

struct histogram {
    uint64_t counts[HISTOGRAM_BUCKETS];
    uint64_t total;
    int64_t max_us;
};

void histogram_add(struct histogram *h, int64_t value_us);
/** Upper edge of the bucket that holds the given share (0..1) of all values; 0 when empty. */
int64_t histogram_percentile(const struct histogram *h, double share);

#endif
