/*
 * Descriptions that the load generator writes: one stream with VP8 and perhaps Opus.
 */
#ifndef NEREID_TESTS_BENCH_LOADGEN_PEER_SDP_H
#define NEREID_TESTS_BENCH_LOADGEN_PEER_SDP_H

#include "tests/bench/loadgen/peer.h"

enum { LOADGEN_PT_VP8 = 96, LOADGEN_PT_OPUS = 111 };

void peer_sdp_offer(const struct peer *p, struct buf *out);
/** Takes everything offered, without retransmission formats and header extensions. */
void peer_sdp_answer(const struct peer *p, struct buf *out);

#endif
