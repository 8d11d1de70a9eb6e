/*
 * What one sender may deliver: two token buckets, bits and packets. Excess is dropped at the door
 * and counted. Pure.
 */
#ifndef NEREID_MEDIAD_RTC_RATE_GUARD_H
#define NEREID_MEDIAD_RTC_RATE_GUARD_H

#include "common/error.h"
#include "common/span.h"

enum {
    RATE_GUARD_BPS_MAX = 20 * 1000 * 1000,
    RATE_GUARD_PACKETS_MAX = 5000, /* a second */
};

struct rate_guard {
    uint64_t rate_bps;
    uint32_t packets_per_s;
    uint64_t bits_left;    /* in millionths: bit·µs */
    uint64_t packets_left; /* in millionths */
    int64_t filled_us;
    bool is_started;
    uint64_t n_dropped;
    int64_t told_us; /* last notice; rate_guard_notice() */
    uint64_t n_told;
};

/** @param rate_bps, packets_per_s limits; both buckets hold one second of it. 0: the defaults */
void rate_guard_init(struct rate_guard *g, uint64_t rate_bps, uint32_t packets_per_s);

/** May this packet in? Counts it either way. */
bool rate_guard_take(struct rate_guard *g, size_t size_bytes, int64_t now_us) MUST_USE;

/** Should operators be told of drops since the last notice? At most once per 10 s. */
bool rate_guard_notice(struct rate_guard *g, int64_t now_us);

#endif
