/*
 * RTCP (RFC 3550 section 6, RFC 4585, RFC 5104, REMB): walk through a compound or reduced-size
 * packet, and write what Nereid sends. Bytes in, values out; never allocates. Packets of unknown
 * type are passed over.
 */
#ifndef NEREID_MEDIAD_RTC_RTCP_H
#define NEREID_MEDIAD_RTC_RTCP_H

#include "common/error.h"
#include "common/reader.h"
#include "common/writer.h"

enum rtcp_kind {
    RTCP_OTHER,
    RTCP_SR,
    RTCP_RR,
    RTCP_SDES,
    RTCP_BYE,
    RTCP_NACK,         /* RTPFB 1 */
    RTCP_TRANSPORT_CC, /* RTPFB 15, transport_feedback.h */
    RTCP_PLI,          /* PSFB 1 */
    RTCP_FIR,          /* PSFB 4 */
    RTCP_REMB,         /* PSFB 15 "REMB" */
    RTCP_RRTR,         /* XR with a receiver reference time (RFC 3611 section 4.4) */
};

/** A report block of SR and RR. */
struct rtcp_report {
    uint32_t ssrc;
    uint8_t fraction_lost; /* 1/256 */
    int32_t lost;          /* cumulative, 24 bits signed */
    uint32_t highest_seq;  /* extended */
    uint32_t jitter;       /* clock units */
    uint32_t lsr;          /* middle 32 bits of the NTP time of the last SR; 0: none */
    uint32_t dlsr;         /* since then, 1/65,536 s */
};

/** One packet of a compound. Fields that its kind does not have are 0. */
struct rtcp_packet {
    enum rtcp_kind kind;
    uint8_t count;       /* RC, SC or FMT */
    uint32_t ssrc;       /* of the sender */
    uint32_t media_ssrc; /* NACK, PLI: the stream that is meant */
    uint64_t ntp;        /* SR, RRTR: 32.32 fixed point */
    uint32_t rtp_ts;     /* SR */
    uint32_t n_packets;  /* SR */
    uint32_t n_bytes;    /* SR */
    uint64_t remb_bps;   /* REMB, clamped to 2^62 */
    struct span items;   /* report blocks, chunks, NACK pairs, FIR entries, REMB SSRCs */
};

/** All lengths, versions and paddings of a received datagram fit, and so do the minimal contents of
 * the kinds above. @return 0, ERR_TRUNCATED or ERR_SYNTAX */
int rtcp_check(struct span datagram) MUST_USE;

/**
 * Take the next packet off a datagram: for (struct span rest = d; rtcp_next(&rest, &p) == 1;).
 * @return 1: *out is filled; 0: end; ERR_TRUNCATED or ERR_SYNTAX, and *rest is empty
 */
int rtcp_next(struct span *rest, struct rtcp_packet *out) MUST_USE;

/** The i-th report block of an SR or RR. @return false past the last */
bool rtcp_report_at(const struct rtcp_packet *p, unsigned i, struct rtcp_report *out);

/** CNAME of a source in an SDES packet; borrowed. */
bool rtcp_sdes_cname(const struct rtcp_packet *p, uint32_t ssrc, struct span *out);

/** The i-th pair of a NACK: `seq` is lost, and seq + 1 + n for each bit n of `mask`. */
bool rtcp_nack_at(const struct rtcp_packet *p, unsigned i, uint16_t *seq, uint16_t *mask);

/** The i-th entry of a FIR: which stream and the command's number (RFC 5104 section 4.3.1). */
bool rtcp_fir_at(const struct rtcp_packet *p, unsigned i, uint32_t *ssrc, uint8_t *number);

/* ---- writing; what does not fit sets w->bad ---- */

/** A sender report without report blocks (RFC 3550 section 6.4.1). */
void rtcp_write_sr(struct writer *w, uint32_t ssrc, uint64_t ntp, uint32_t rtp_ts,
                   uint32_t n_packets, uint32_t n_bytes);
/** At most 31 reports. */
void rtcp_write_rr(struct writer *w, uint32_t ssrc, const struct rtcp_report *reports, size_t n);
/** One chunk with a CNAME of at most 255 bytes; longer ones are cut. */
void rtcp_write_sdes(struct writer *w, uint32_t ssrc, struct span cname);
/** draft-alvestrand-rmcat-remb: at most 255 sources. The rate is rounded down to 18 bits. */
void rtcp_write_remb(struct writer *w, uint32_t sender, uint64_t rate_bps, const uint32_t *ssrcs,
                     size_t n);
/**
 * What lets somebody who only receives measure the round trip: an XR with one DLRR block
 * (RFC 3611 section 4.5), in answer to its reference time a moment ago.
 * @param receiver who sent the reference time
 * @param last_rr  the middle 32 bits of that
 */
void rtcp_write_dlrr(struct writer *w, uint32_t sender, uint32_t receiver, uint32_t last_rr);
/** RFC 4585 section 6.3.1. */
void rtcp_write_pli(struct writer *w, uint32_t sender, uint32_t media_ssrc);
/** One entry; `number` is one more for each new wish (RFC 5104 section 4.3.1). */
void rtcp_write_fir(struct writer *w, uint32_t sender, uint32_t media_ssrc, uint8_t number);
/** Sequence numbers in ascending order (modulo 2^16) are packed into pairs; n may be 0: nothing. */
void rtcp_write_nack(struct writer *w, uint32_t sender, uint32_t media_ssrc, const uint16_t *seqs,
                     size_t n);
/** Transport-wide feedback, whose items come between the two: feedback_recorder.h.
 * @return for the end, which fills up with zeros to a multiple of 4 */
size_t rtcp_begin_transport_cc(struct writer *w, uint32_t sender, uint32_t media_ssrc);
void rtcp_end_transport_cc(struct writer *w, size_t start);

/** Unix time to NTP's 32.32 format (RFC 5905: era 0 from 1900). */
uint64_t rtcp_ntp(int64_t unix_us);
/** Back; differences of two results are what one wants. */
int64_t rtcp_ntp_us(uint64_t ntp);
/** The middle 32 bits, as in LSR. */
uint32_t rtcp_ntp_middle(uint64_t ntp);

/**
 * Round-trip time from a report block (RFC 3550 section 6.4.1).
 * @param now_ntp middle 32 bits of our time at arrival
 * @return microseconds, or -1 when there was no SR or the numbers make no sense (over 8 s)
 */
int64_t rtcp_rtt_us(const struct rtcp_report *r, uint32_t now_ntp);

#endif
