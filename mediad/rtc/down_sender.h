/*
 * What one packet of a track becomes for one receiver: header, extensions, VP8's own numbers, a
 * retransmission's form; queued, to be protected. Holds what sending a packet touches, together.
 */
#ifndef NEREID_MEDIAD_RTC_DOWN_SENDER_H
#define NEREID_MEDIAD_RTC_DOWN_SENDER_H

#include "mediad/rtc/connection.h"
#include "mediad/rtc/down_extensions.h"
#include "mediad/rtc/packet.h"
#include "mediad/rtc/peer_transport.h"
#include "mediad/rtc/reception.h"
#include "mediad/rtc/sent_clock.h"

/** How a packet goes out. */
struct outgoing {
    uint16_t seq;
    uint16_t picture_id_delta;
    bool marker;
    bool is_spare; /* may come a second time: no transport-wide number, or a copy that SRTP drops,
                      as the first one arrived, would count as lost */
};

struct down_sender {
    struct peer_transport *transport;
    uint32_t ssrc;
    uint32_t rtx_ssrc;
    struct sent_clock clock;
    uint32_t last_ts;                /* as sent */
    struct secure_rtp_stream stream; /* SRTP's, of `ssrc` */
    struct secure_rtp_stream rtx_stream;
    uint16_t rtx_seq;
    uint8_t pt;
    uint8_t rtx_pt;
    uint8_t red_pt;     /* 0: redundant audio leaves as its primary block */
    uint8_t tl0_offset; /* added to VP8's TL0PICIDX */
    /* header extensions; 0: not negotiated */
    uint8_t mid_id, abs_send_time_id, audio_level_id, transport_cc_id;
    bool has_mid; /* the receiver has not reported yet: packets still carry the mid */
    bool is_video;
    bool is_vp8;
    struct down_extensions extensions;
    uint32_t n_packets; /* as in sender reports */
    uint32_t n_bytes;
    uint64_t sent_bytes; /* in all */
    struct rate_meter rate;
    char mid[NEGOTIATE_MID_MAX + 1];
};

/** @param rtx_seq random, first number of retransmissions */
void down_sender_init(struct down_sender *s, struct peer_transport *transport, enum codec codec,
                      uint16_t rtx_seq);
/** How the receiver's last answer left it. */
void down_sender_describe(struct down_sender *s, const struct down_target *target);
/** Can a packet be sent again as RTX (RFC 4588)? Otherwise it goes out as it did. */
bool down_sender_has_rtx(const struct down_sender *s);
/** What this receiver gets of a packet: of redundant audio all, where it takes that. */
struct span down_sender_payload(const struct down_sender *s, const struct packet *p);
/** Does this receiver get redundant audio in it? */
bool down_sender_is_redundant(const struct down_sender *s, const struct packet *p);
/** Build and queue, to be protected. @return length that left, 0: nothing did */
size_t down_sender_send(struct down_sender *s, const struct packet *p, const struct outgoing *out,
                        bool as_rtx);
/** A packet of padding alone, as a retransmission of nothing (RFC 4588 allows none, and receivers
 * drop it): fills a probe. Needs RTX. @param size of the padding, 1 to 255
 * @return as down_sender_send() */
size_t down_sender_pad(struct down_sender *s, uint8_t size);

#endif
