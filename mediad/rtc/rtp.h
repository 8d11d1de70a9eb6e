/*
 * RTP packets (RFC 3550 section 5, RFC 8285, RFC 4588): read a header, write one for a receiver,
 * wrap and unwrap retransmissions. Bytes in, values out; never allocates.
 */
#ifndef NEREID_MEDIAD_RTC_RTP_H
#define NEREID_MEDIAD_RTC_RTP_H

#include "common/error.h"
#include "common/span.h"

enum {
    RTP_HEADER_SIZE = 12,
    RTP_EXT_MAX = 64,     /* what rtp_write_header() adds for extensions, but for the descriptor */
    RTP_RTX_OSN_SIZE = 2, /* original sequence number in front of a retransmission's payload */
};

/** Offsets are from the start of the packet; all numbers in host order. */
struct rtp_header {
    bool marker;
    uint8_t pt;
    uint16_t seq;
    uint32_t rtp_ts;
    uint32_t ssrc;
    uint16_t ext_profile; /* 0xBEDE, 0x1000 to 0x100F, or another; 0 when there is no extension */
    uint16_t ext_at;
    uint16_t ext_len;
    uint16_t payload_at;
    uint16_t payload_len; /* without padding; 0 for a padding probe */
    uint8_t padding_len;
};

/** RTCP rather than RTP (RFC 5761 section 4): the second byte is 192 to 223. */
bool rtp_is_rtcp(struct span packet);

/** @return 0, or ERR_TRUNCATED, ERR_SYNTAX (version, padding); *out untouched then */
int rtp_parse(struct rtp_header *out, struct span packet) MUST_USE;

/**
 * A header extension's bytes, in one-byte or two-byte form.
 * @return false when the packet does not carry it. `*out` may be empty in two-byte form.
 */
bool rtp_extension(const struct rtp_header *h, struct span packet, uint8_t id, struct span *out);

/** Signed distance from b to a, modulo 2^16: > 0 when a is newer. */
static inline int rtp_seq_diff(uint16_t a, uint16_t b)
{
    return (int16_t)(uint16_t)(a - b);
}

/** Signed distance from b to a, modulo 2^32. */
static inline int32_t rtp_ts_diff(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b);
}

/** The 64-bit number closest to `near_seq` whose low 16 bits are `seq`; never below 0. */
uint64_t rtp_seq_extend(uint64_t near_seq, uint16_t seq);

/** 24 bits of 6.18 fixed-point seconds for abs-send-time. */
uint32_t rtp_abs_send_time(int64_t now_us);

/** A header to write. Extensions with id 0 are left out. */
struct rtp_out {
    bool marker;
    uint8_t pt;
    uint16_t seq;
    uint32_t rtp_ts;
    uint32_t ssrc;
    uint8_t mid_id;
    struct span mid; /* 1 to 32 bytes; longer ones are left out */
    uint8_t abs_send_time_id;
    uint32_t abs_send_time; /* rtp_abs_send_time() */
    uint8_t transport_cc_id;
    uint16_t transport_cc; /* transport-wide number */
    uint8_t audio_level_id;
    uint8_t audio_level; /* RFC 6464: V bit and -dBov */
    uint8_t dependency_id;
    struct span dependency; /* dependency descriptor, at most 255 bytes; an empty one is left out */
};

/**
 * Write the header; the payload follows at the returned offset. Ids over 14 or long values use the
 * two-byte form.
 * @return its length, at most RTP_HEADER_SIZE + RTP_EXT_MAX and the descriptor; 0 when `size` is
 * too small
 */
size_t rtp_write_header(uint8_t *out, size_t size, const struct rtp_out *h);

/** Header and payload. @return length, or 0 when it does not fit */
size_t rtp_write_packet(uint8_t *out, size_t size, const struct rtp_out *h, struct span payload);

/**
 * A retransmission (RFC 4588 section 4): header with the RTX stream's ssrc, seq and pt (as given in
 * `h`), then the original sequence number, then the payload.
 * @return length, or 0 when it does not fit
 */
size_t rtp_write_rtx(uint8_t *out, size_t size, const struct rtp_out *h, uint16_t original_seq,
                     struct span payload);

/** A packet of padding alone (RFC 3550 section 5.1). @param padding bytes, 1 to 255
 * @return length, or 0 when it does not fit */
size_t rtp_write_padding(uint8_t *out, size_t size, const struct rtp_out *h, uint8_t padding);

/**
 * Turn a received retransmission into the original, in place: `h` gets the original's seq, ssrc and
 * pt, and its payload offset moves past the original sequence number. Extensions stay readable. The
 * bytes of the packet are left alone.
 * @return 0; ERR_TRUNCATED when there is no original sequence number: a probe without content
 */
int rtp_rtx_unwrap(struct rtp_header *h, struct span packet, uint32_t original_ssrc,
                   uint8_t original_pt) MUST_USE;

#endif
