/*
 * Real VP8 made once by libvpx and cut into RTP payloads, to be sent in a loop (RFC 7741).
 * A payload is recognised at the receiver by a hash of what follows the payload descriptor, since a
 * server may rewrite the descriptor, the sequence number and the timestamp, but nothing else.
 */
#ifndef NEREID_TESTS_BENCH_LOADGEN_VP8_SOURCE_H
#define NEREID_TESTS_BENCH_LOADGEN_VP8_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "common/span.h"

#define VP8_PAYLOAD_MAX 1150
/* RTP packets with their header, without SRTP's trailer */
#define VP8_PACKET_MIN 100
#define VP8_PACKET_MAX (VP8_PAYLOAD_MAX + 12)

/** What the packets of a loop are like. */
struct vp8_shape {
    unsigned width, height; /* of the picture, multiples of 4 */
    unsigned rate_bps;      /* target of the encoder; with `pps` it decides the size of packets */
    unsigned pps;           /* packets per second, at least 1: frames are cut into about pps / 30 */
    unsigned packet_bytes; /* 0, or the size of every RTP packet, and `pps` is exact: frames are cut
                              off or filled up, which no server sees */
};

struct vp8_packet {
    uint8_t payload[VP8_PAYLOAD_MAX]; /* descriptor (4 bytes: X, I, 15-bit picture id) and data */
    size_t len;
    uint64_t hash;  /* of payload + 4 */
    unsigned frame; /* index in the loop; the timestamp advances with it */
    unsigned index_in_frame;
    unsigned n_in_frame;
    bool is_keyframe;
    bool is_last; /* of its frame: marker bit */
};

struct vp8_source {
    struct vp8_packet *packets;
    size_t n_packets;
    unsigned n_frames;
    unsigned fps;
    size_t *by_hash; /* open addressing, index + 1 */
    size_t hash_mask;
};

/** Encode `seconds` of a moving picture. */
int vp8_source_make(struct vp8_source *out, unsigned seconds, const struct vp8_shape *shape,
                    struct error *e) MUST_USE;
void vp8_source_release(struct vp8_source *s);

/** The loop's frames have ids from 0 on; as they are sent, they must go on (RFC 7741 section 4.2).
 */
void vp8_source_set_picture_id(uint8_t *payload, uint16_t picture_id);

/** Index of the packet with this payload as received, or -1 when the server changed it. */
long vp8_source_recognise(const struct vp8_source *s, struct span payload);

#endif
