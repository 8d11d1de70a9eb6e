/*
 * How much of a video track its receivers can take, by their own reports, and what the publisher is
 * told of it. A first step, until bandwidth is estimated here: the least of what each receiver
 * estimates (REMB) and of what came through to it when much was lost (RFC 3550 reports). Pure.
 */
#ifndef NEREID_MEDIAD_RTC_RECEIVE_RATE_H
#define NEREID_MEDIAD_RTC_RECEIVE_RATE_H

#include "mediad/rtc/rtcp.h"

/** Nothing is known, or there is no limit. */
#define RECEIVE_RATE_UNKNOWN INT64_MAX
/** Whatever is reported, a publisher may send so much: a small picture that moves. */
#define RECEIVE_RATE_MIN_BPS 150000
/** A report is forgotten after this time. */
#define RECEIVE_RATE_AGE_US INT64_C(30000000)

/** Shorter intervals say little. */
#define RECEIVE_RATE_INTERVAL_US INT64_C(400000)

/** One receiver of one track. Zeroed: nothing is known. */
struct receive_rate {
    int64_t remb_bps;    /* its share of the receiver's estimate */
    int64_t remb_us;     /* 0: none yet */
    int64_t loss_bps;    /* by loss: RECEIVE_RATE_UNKNOWN while little is lost */
    int64_t loss_us;     /* of the last report that counted, or the start; 0: none yet */
    int64_t sent_bps;    /* between the last two */
    uint64_t sent_bytes; /* at the last one */
    bool has_report;
    uint32_t highest_seq; /* of the last one */
    int32_t lost;
};

/** The first packet is on its way: the first report's loss counts from here.
 * @param sent_bytes that were sent to it before */
void receive_rate_start(struct receive_rate *r, uint64_t sent_bytes, int64_t now_us);

/** @param bps what of the receiver's estimate is left to this track */
void receive_rate_remb(struct receive_rate *r, int64_t bps, int64_t now_us);

/**
 * A report block about the track came (RFC 3550 section 6.4.1). Those that follow within
 * RECEIVE_RATE_INTERVAL_US count together: some clients add one to each NACK.
 * @param sent_bytes that were sent to it since the start
 * Over 10 % lost: what came through is the limit. Under 2 %: it rises by 8 % a second while it is
 * made use of. These are libwebrtc's figures for its senders, too.
 */
void receive_rate_report(struct receive_rate *r, const struct rtcp_report *report,
                         uint64_t sent_bytes, int64_t now_us);

/** The lesser of both that are not too old, or RECEIVE_RATE_UNKNOWN. */
int64_t receive_rate_bps(const struct receive_rate *r, int64_t now_us);

/** Is it sent so much more than it can take that repeats and keyframes would only make it worse?
 * @param sent_bps lately, repeats included */
bool receive_rate_is_exceeded(const struct receive_rate *r, int64_t sent_bps, int64_t now_us);

/** What a publisher is told. Zeroed: nothing yet. */
struct told_rate {
    int64_t bps;
    int64_t at_us; /* 0: nothing yet */
};

/**
 * Falls at once, rises by half a second at most, so that a receiver that leaves or a layer that
 * changes its receivers makes no burst.
 * @param least_bps of all receivers, or RECEIVE_RATE_UNKNOWN
 * @param max_bps the limit when no receiver has one
 * @return the new rate: RECEIVE_RATE_MIN_BPS at least, but never over max_bps
 */
int64_t told_rate_update(struct told_rate *t, int64_t least_bps, int64_t max_bps, int64_t now_us);

/** Is it worth to tell the publisher before its next report is due? */
bool told_rate_is_over(const struct told_rate *t, int64_t bps);

#endif
