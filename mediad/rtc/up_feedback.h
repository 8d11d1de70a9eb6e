/*
 * Tells a publisher which of its packets arrived when (transport-wide feedback), so that it finds
 * out by itself what its line carries. Where it is not negotiated nothing is sent.
 */
#ifndef NEREID_MEDIAD_RTC_UP_FEEDBACK_H
#define NEREID_MEDIAD_RTC_UP_FEEDBACK_H

#include "mediad/rtc/feedback_recorder.h"
#include "mediad/rtc/negotiate_up.h"
#include "mediad/rtc/peer_transport.h"
#include "mediad/rtc/rtp.h"

/** So long after the first packet a message leaves. */
#define UP_FEEDBACK_US INT64_C(100000)
/** Sooner for those who send more than this. */
#define UP_FEEDBACK_FAST_US INT64_C(50000)
#define UP_FEEDBACK_FAST_BPS 1000000
/** Later, but no later than this, where messages would be more than a twentieth of what comes. */
#define UP_FEEDBACK_SLOW_US INT64_C(250000)

/** Zeroed: not negotiated. */
struct up_feedback {
    struct peer_transport *transport; /* borrowed */
    uint32_t ssrc;                    /* our own */
    uint32_t media_ssrc;              /* the publisher's that came last */
    uint8_t ext_id;                   /* of the header extension; 0: not negotiated */
    int64_t interval_us;
    int64_t since_us; /* the first packet of the next message */
    uint64_t n_bytes; /* since then */
    struct timer timer;
    struct feedback_recorder recorder;
};

/** @param ssrc our own @param transport borrowed until up_feedback_release() */
void up_feedback_start(struct up_feedback *f, struct peer_transport *transport, uint32_t ssrc);
/** Never started: nothing happens. */
void up_feedback_release(struct up_feedback *f);
/** A new description. */
void up_feedback_describe(struct up_feedback *f, const struct negotiated *plan);
/** Each RTP packet that came, whatever becomes of it. */
void up_feedback_packet(struct up_feedback *f, const struct rtp_header *h, struct span packet);

#endif
