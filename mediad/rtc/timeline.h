/*
 * Sender reports for receivers (RFC 3550 section 6.4.1): all tracks of an up stream on the
 * publisher's one time line, placed on the server's clock through the arrival times of its sender
 * reports, never through its wall clock. So lip-sync holds when that clock is wrong, drifts or is
 * set. Pure.
 */
#ifndef NEREID_MEDIAD_RTC_TIMELINE_H
#define NEREID_MEDIAD_RTC_TIMELINE_H

#include "common/error.h"
#include "common/span.h"

/** One per up stream; zeroed at first. */
struct timeline {
    bool has_offset;
    int64_t offset_us; /* server time at arrival - publisher's time: smoothed minimum */
    int64_t updated_us;
    uint32_t epoch;             /* counts clock steps of the publisher */
    int64_t previous_offset_us; /* of the epoch before, for tracks without a report since */
    uint8_t n_outliers;         /* reports in a row that lie far above the offset */
};

/** One per track of it. */
struct timeline_track {
    uint32_t clock_rate; /* Hz */
    bool has_sr;
    uint32_t epoch;
    int64_t sr_us; /* publisher's time of its last report */
    uint32_t sr_rtp_ts;
};

/** Without a report yet. @param clock_rate of the codec, Hz */
void timeline_track_init(struct timeline_track *t, uint32_t clock_rate);

/**
 * A sender report of the publisher.
 * @param ntp 32.32 fixed point, by the publisher's clock @param rtp_ts that same moment
 * @return true when it is the track's first: send reports to all receivers of the stream at once
 */
bool timeline_sr(struct timeline *l, struct timeline_track *t, uint64_t ntp, uint32_t rtp_ts,
                 int64_t arrival_us);

/**
 * RTP time of a track at a server time, for an SR whose NTP time is that same moment.
 * @return false before the publisher's first report: send none
 */
bool timeline_rtp_ts(const struct timeline *l, const struct timeline_track *t, int64_t at_us,
                     uint32_t *rtp_ts);

#endif
