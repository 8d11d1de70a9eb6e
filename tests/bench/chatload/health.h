/*
 * What mediad says about its control loop on its control socket (docs/CONTROL.md).
 */
#ifndef NEREID_TESTS_BENCH_CHATLOAD_HEALTH_H
#define NEREID_TESTS_BENCH_CHATLOAD_HEALTH_H

#include <stdint.h>

#include "common/error.h"

struct health {
    int64_t longest_step_us, longest_delay_us; /* since it was read last */
};

/** Blocks. @param control path of the control socket */
int health_read(struct health *out, const char *control, struct error *e) MUST_USE;

#endif
