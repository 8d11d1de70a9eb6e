/*
 * Media of all peers of the load generator: batched receiving, and when who reports. Counts what
 * the run reports. What publishers send is in sender.h, what receivers say in reports.h.
 */
#ifndef NEREID_TESTS_BENCH_LOADGEN_TRAFFIC_H
#define NEREID_TESTS_BENCH_LOADGEN_TRAFFIC_H

#include "tests/bench/loadgen/histogram.h"
#include "tests/bench/loadgen/options.h"
#include "tests/bench/loadgen/peer.h"
#include "tests/bench/loadgen/vp8_source.h"

#define TRAFFIC_PACKET_MAX 1600

struct traffic {
    struct vp8_source sources[RIDS_MAX]; /* one, or one for each rid */
    unsigned n_sources;
    bool is_foreign;       /* all publishers are other programs */
    unsigned reports;      /* REMB or transport-wide feedback, a second */
    unsigned remb_bps;     /* what REMB says */
    unsigned drop_percent; /* of received packets, before they are counted */
    uint32_t random;
    bool is_measuring; /* latencies and totals count from here */
    bool is_over;      /* what comes now was on its way */
    struct histogram latency;
    uint64_t sent;              /* RTP packets */
    uint64_t received;          /* RTP packets of ours that were new and right */
    uint64_t keyframe_requests; /* PLI and FIR that reached publishers */
    uint64_t nacks_received;    /* sequence numbers publishers were asked for again */
    int64_t skew_max_us;        /* between the time lines of a stream's two tracks */
    bool has_skew;
    struct receive_batch *batch; /* buffers of recvmmsg */
};

int traffic_init(struct traffic *t, const struct options *o, struct error *e) MUST_USE;
void traffic_release(struct traffic *t);
/** Read a peer's socket until it is empty. */
void traffic_receive(struct traffic *t, struct peer *p, int64_t now_us);
/** What receivers report (down), sender reports (up). */
void traffic_feedback(const struct traffic *t, struct peer *p, int64_t now_us);
/** Count what a down peer gets from here on. */
void traffic_start_measuring(struct traffic *t, struct peer *p, int64_t now_us);

#endif
