/*
 * A received media packet with what was learnt of it once: the unit that caches, receivers and
 * other workers refer to. Who owns the memory embeds this struct in its slot (slab.h) and ends a
 * packet when `refs` reaches 0. Once a packet is shared it does not change; each worker that was
 * handed it has one reference, so that the count is touched once per worker.
 */
#ifndef NEREID_MEDIAD_RTC_PACKET_H
#define NEREID_MEDIAD_RTC_PACKET_H

#include <stdatomic.h>

#include "mediad/rtc/dependency_descriptor.h"
#include "mediad/rtc/payload.h"

enum { PACKET_TARGETS = 16 }; /* decode targets of which a packet knows the layers */

/** A packet's dependency descriptor, for receivers that get it, too. */
struct packet_descriptor {
    uint8_t targets[PACKET_TARGETS / 2]; /* their layers (target_number()), four bits each */
    uint16_t active;                     /* decode targets that the publisher sends */
    uint16_t at;
    struct dependency_layout layout;
    uint8_t len;       /* 0: none */
    uint8_t n_targets; /* at most PACKET_TARGETS; 0: more, or none */
};

struct packet {
    atomic_uint refs; /* slab_unref() */
    uint16_t len;     /* of the RTP packet, without SRTP's tag */
    uint8_t *data;    /* borrowed from the slot */
    int64_t arrival_us;
    uint64_t ext_seq; /* reception_packet() */
    uint16_t seq;
    uint32_t rtp_ts;
    uint32_t ssrc;
    uint16_t payload_at;
    uint16_t payload_len;
    uint16_t red_at;  /* the payload as it came when it is redundant audio (red.h), of which the
                         above is the primary block */
    uint16_t red_len; /* 0: it is not */
    bool marker;
    bool is_repair;  /* came by retransmission */
    bool is_of_deaf; /* its publisher answers no keyframe requests (keyframe.h) */
    bool has_audio_level;
    uint8_t audio_level; /* V bit and -dBov, RFC 6464 */
    struct packet_descriptor descriptor;
    struct payload_info info;
};

static inline struct span packet_payload(const struct packet *p)
{
    return span_of(p->data + p->payload_at, p->payload_len);
}

#endif
