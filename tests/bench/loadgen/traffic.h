/*
 * Media of all peers of the load generator: paced sending, batched receiving, feedback. Counts what
 * the run reports.
 */
#ifndef NEREID_TESTS_BENCH_LOADGEN_TRAFFIC_H
#define NEREID_TESTS_BENCH_LOADGEN_TRAFFIC_H

#include "tests/bench/loadgen/histogram.h"
#include "tests/bench/loadgen/peer.h"
#include "tests/bench/loadgen/vp8_source.h"

struct traffic {
    struct vp8_source source;
    unsigned drop_percent; /* of received packets, before they are counted */
    uint32_t random;
    bool is_measuring; /* latencies and totals count from here */
    struct histogram latency;
    uint64_t sent;              /* RTP packets */
    uint64_t received;          /* RTP packets of ours that were new and right */
    uint64_t keyframe_requests; /* PLI and FIR that reached publishers */
    uint64_t nacks_received;    /* sequence numbers publishers were asked for again */
    int64_t skew_max_us;        /* between the time lines of a stream's two tracks */
    bool has_skew;
    struct receive_batch *batch; /* buffers of recvmmsg */
};

int traffic_init(struct traffic *t, const struct vp8_shape *video, unsigned drop_percent,
                 struct error *e) MUST_USE;
void traffic_release(struct traffic *t);
/** Prepare an up peer that has just connected. */
int traffic_start_sending(struct traffic *t, struct peer *p, int64_t now_us) MUST_USE;
/** Send what is due. @return when the next packet is due */
int64_t traffic_send(struct traffic *t, struct peer *p, int64_t now_us);
/** Read a peer's socket until it is empty. */
void traffic_receive(struct traffic *t, struct peer *p, int64_t now_us);
/** NACKs, receiver reports, REMB (down); sender reports (up). */
void traffic_feedback(struct traffic *t, struct peer *p, int64_t now_us);
/** A keyframe wish from a receiver. */
void traffic_send_pli(struct peer *p);

#endif
