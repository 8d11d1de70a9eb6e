/*
 * What publishers of the load generator send: a loop of VP8, or one for each rid, and silence of
 * Opus; sender reports; what they are asked for again. With rids they obey REMB as browsers do:
 * from the best one down they stop what does not fit.
 */
#ifndef NEREID_TESTS_BENCH_LOADGEN_SENDER_H
#define NEREID_TESTS_BENCH_LOADGEN_SENDER_H

#include "mediad/rtc/rtcp.h"
#include "tests/bench/loadgen/traffic.h"

/** Prepare an up peer that has just connected. */
int sender_start(struct traffic *t, struct peer *p, int64_t now_us) MUST_USE;
/** Send what is due. */
void sender_send(struct traffic *t, struct peer *p, int64_t now_us);
void sender_stop(struct peer *p);
/** Sender reports. */
void sender_report(struct peer *p, int64_t now_us);
/** RTCP from the server. */
void sender_hear(struct traffic *t, struct peer *p, const struct rtcp_packet *r);

#endif
