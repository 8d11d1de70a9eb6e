/*
 * What the streams of the media plane tell signalling.
 */
#ifndef NEREID_MEDIAD_RTC_MEDIA_EVENTS_H
#define NEREID_MEDIAD_RTC_MEDIA_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

/** How a receiver is sent a stream's video. */
struct down_allocation {
    int64_t bps; /* what its line leaves to it; INT64_MAX: no limit is known */
    bool is_paused;
    uint8_t reason; /* enum allocate_reason (allocate.h) */
    uint8_t layer;  /* 0: the lowest */
    uint8_t n_layers;
};

/** As signalling and statistics say it: "full", "reduced", "paused". */
const char *down_allocation_state(const struct down_allocation *a);
/** Why it is not full: "bandwidth", "unwanted", "silent"; NULL when it is. */
const char *down_allocation_reason(const struct down_allocation *a);

/** Called by media_dispatch(). `user` is what the stream was made with. A handler may free any
 * stream, also the one it is called for. */
struct media_events {
    void (*up_connected)(void *user);
    /** ICE or DTLS failed, or consent was lost for 30 s. It comes once for each description of the
     * client, which has to renegotiate before anything more happens. `why` is static. */
    void (*up_failed)(void *user, const char *why);
    void (*down_connected)(void *user);
    void (*down_failed)(void *user, const char *why);
    /** The same of a stream that is in no group's list, and of which nothing else is told: a
     * player's, or of up_stream_be_lone(). It is to be ended, unless its client begins ICE anew. */
    void (*lone_failed)(void *user, const char *why);
    /** Something an operator or the publisher should know, e.g. a stream over its rate. */
    void (*up_notice)(void *user, const char *text);
    /** Which tracks anybody receives: bit i is track i of up_stream_tracks(). A track whose last
     * receiver leaves keeps its bit for some seconds; one that gets a receiver has it at once. */
    void (*up_demand)(void *user, uint32_t tracks);
    /** What the stream's videos may take in all, bit/s, for a publisher that does not follow what
     * RTCP tells it: what those who receive them can take, and no more than its own line carried
     * when it last lost much. At once when that, or what one rid may take (up_stream_published()),
     * falls by more than a sixteenth, within a second when it has risen by more than a quarter, a
     * rid's by more than an eighth. */
    void (*up_limit)(void *user, int64_t bps);
    /** The receiver's line, or what it wants, changed how it is sent the video. */
    void (*down_allocated)(void *user, const struct down_allocation *a);
};

#endif
