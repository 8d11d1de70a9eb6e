/*
 * One RTP stream of the load generator: what a publisher sends, or what a receiver got and missed.
 * Pure: packets and times in, numbers out.
 */
#ifndef NEREID_TESTS_BENCH_LOADGEN_FLOW_H
#define NEREID_TESTS_BENCH_LOADGEN_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mediad/rtc/secure_rtp_send.h"

#define SENT_RING 1024 /* packets that can be sent again, a power of two */

/** What went out under a sequence number. */
struct sent_packet {
    uint32_t index; /* in the VP8 loop */
    uint32_t rtp_ts;
    uint16_t picture_id; /* goes on when the loop begins again */
};

/** Sending side. */
struct send_flow {
    uint32_t ssrc;
    struct secure_rtp_stream stream;
    uint8_t pt;
    uint32_t clock_hz;
    uint32_t rtp_ts; /* of the packet sent last */
    uint64_t n_packets;
    uint64_t n_bytes;
    int64_t due_us;   /* when the next packet leaves */
    int64_t epoch_us; /* since 1970: when rtp_ts 0 was due */
    int64_t sr_due_us;
    size_t next_index;   /* video: packet of the loop that comes next */
    uint64_t frame;      /* video: frames sent */
    bool wants_keyframe; /* video: start the loop again at the next frame */
};

/** A publisher's video, or one rid of it: one loop of VP8. */
struct send_video {
    struct send_flow flow;
    struct sent_packet sent[SENT_RING];
    int64_t *sent_us; /* when each packet of the loop left last, CLOCK_REALTIME. Owned */
    bool is_off;      /* its receiver's estimate is too low for it */
};

#define FLOW_RING 4096 /* sequence numbers remembered, a power of two */
#define FLOW_MISSING_MAX 1024

struct missing {
    uint64_t seq;
    int64_t due_us; /* when to ask (again) */
    unsigned tries;
};

/** Receiving side of one SSRC. */
struct receive_flow {
    uint32_t ssrc; /* 0: nothing came yet */
    uint8_t pt;
    bool is_video;
    uint64_t first_seq; /* extended */
    uint64_t highest_seq;
    uint64_t unique;
    uint64_t duplicates;
    uint64_t repaired; /* came after they had been missed */
    uint64_t corrupt;
    uint64_t dropped_by_us;
    uint64_t reported_expected; /* at the last RR */
    uint64_t reported_unique;
    uint64_t measured_expected; /* when measuring began */
    uint64_t measured_unique;
    uint64_t ring[FLOW_RING / 64];
    struct missing missing[FLOW_MISSING_MAX];
    size_t n_missing;
    /* the last sender report */
    bool has_sr;
    uint64_t sr_ntp;
    uint32_t sr_rtp_ts;
    int64_t sr_at_us;
};

/** Count a packet. @return true when it is new (not a duplicate) */
bool receive_flow_packet(struct receive_flow *f, uint16_t seq, int64_t now_us);
uint64_t receive_flow_expected(const struct receive_flow *f);
uint64_t receive_flow_lost(const struct receive_flow *f);
/** Sequence numbers to ask for now, ascending; at most `max`. */
size_t receive_flow_nacks(struct receive_flow *f, int64_t now_us, uint16_t *seqs, size_t max);

#endif
