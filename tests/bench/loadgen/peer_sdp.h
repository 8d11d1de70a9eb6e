/*
 * Descriptions that the load generator writes: one stream with VP8 and perhaps Opus.
 */
#ifndef NEREID_TESTS_BENCH_LOADGEN_PEER_SDP_H
#define NEREID_TESTS_BENCH_LOADGEN_PEER_SDP_H

#include "tests/bench/loadgen/peer.h"

enum { LOADGEN_PT_VP8 = 96, LOADGEN_PT_OPUS = 111 };
/* header extensions that publishers with rids write (RFC 9143, RFC 8852) */
enum { LOADGEN_EXT_MID = 1, LOADGEN_EXT_RID = 2 };

/** The letter that is the name of the video's rid, best first. */
char peer_sdp_rid(unsigned index);
/** Id of the header extension that numbers the packets of a connection, or 0. */
uint8_t peer_sdp_arrivals_id(const struct sdp_section *s);

/** Payload type of the video's retransmissions (RFC 4588) that the answer takes, or 0. */
uint8_t peer_sdp_rtx_pt(const struct peer *p);

void peer_sdp_offer(const struct peer *p, struct buf *out);
/** Takes everything offered; of header extensions only the one of `p->arrivals_id`, and
 * retransmission formats with it alone. */
void peer_sdp_answer(const struct peer *p, struct buf *out);

#endif
