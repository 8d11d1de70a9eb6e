/*
 * What receivers of the load generator tell the server: NACKs, receiver reports, and transport-wide
 * feedback or REMB.
 */
#ifndef NEREID_TESTS_BENCH_LOADGEN_REPORTS_H
#define NEREID_TESTS_BENCH_LOADGEN_REPORTS_H

#include "tests/bench/loadgen/traffic.h"

/** Send what is due of a down peer. */
void reports_send(const struct traffic *t, struct peer *p, int64_t now_us);
/** A keyframe wish. */
void reports_send_pli(struct peer *p);

#endif
