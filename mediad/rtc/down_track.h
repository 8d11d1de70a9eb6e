/*
 * A track as one receiver gets it: which source flows (of simulcast's rids the wanted one, or one
 * that stands in for it), which of its packets go out and under which numbers, repeats, reports,
 * wishes for keyframes. The first of track.h's subscribers.
 */
#ifndef NEREID_MEDIAD_RTC_DOWN_TRACK_H
#define NEREID_MEDIAD_RTC_DOWN_TRACK_H

#include "mediad/rtc/down_sender.h"
#include "mediad/rtc/keyframe.h"
#include "mediad/rtc/layer.h"
#include "mediad/rtc/receive_rate.h"
#include "mediad/rtc/resend.h"
#include "mediad/rtc/router.h"
#include "mediad/rtc/rtcp.h"
#include "mediad/rtc/seq_map.h"

/** A publisher stops sending a rid for which it lacks bandwidth or power. */
enum stand_in {
    STAND_IN_NONE,   /* `current` is the rid that the receiver wants */
    STAND_IN_SOUGHT, /* it is silent: `next` is another one, which takes over if it flows */
    STAND_IN_ACTIVE, /* `current` stands in; `next` is the wanted one */
};

struct down_track {
    /* what a packet touches comes first and together */
    struct subscription subscriptions[2];
    struct subscription *current; /* what flows */
    struct subscription *next;    /* another rid that takes over at its next keyframe */
    struct down_sender sender;
    struct layer_state layer;
    /* continuity over a switch of the source */
    bool has_sent;
    bool last_marker;
    uint32_t last_ts; /* as sent */
    int64_t last_us;
    uint64_t last_ext_seq; /* of the source */
    struct resend_ring resend;
    struct seq_map map;
    /* from time to time */
    struct down_target target;
    struct track_address next_address; /* of `next`; after it took over, of what it replaced */
    enum stand_in stand_in;
    int64_t opened_us; /* since when `current` was expected to flow */
    int64_t next_since_us;
    struct fir_memory fir;
    int64_t rtt_us; /* -1 */
    int64_t jitter_us;
    int64_t loss_ppm;
    struct receive_rate receive_rate; /* video */
    int64_t keyframe_owed_us; /* since when a keyframe waits for room on its line; 0: none */
};

/** @param transport borrowed until the end @return NULL when out of memory */
struct down_track *down_track_new(struct peer_transport *transport,
                                  const struct down_target *target);
/** NULL is fine. */
void down_track_free(struct down_track *t);
size_t down_track_size(const struct down_track *t);

/** Same section, perhaps another source: the old one flows until the new one has a keyframe. */
void down_track_retarget(struct down_track *t, const struct down_target *target);
/** The connection is up, or a publisher may have come back: receive what is not received yet. */
void down_track_subscribe(struct down_track *t);
/** Every 500 ms while packets flow: stand-ins, keyframes that are owed, what the receiver can
 * take. */
void down_track_tick(struct down_track *t);
/** A sender report (RFC 3550 section 6.4.1) with the CNAME, once the source's clock is known. */
void down_track_report(struct down_track *t);

/** The receiver's report on it came. @param now_ntp middle 32 bits of the time */
void down_track_reported(struct down_track *t, const struct rtcp_report *report, uint32_t now_ntp);
/** The receiver's estimate leaves so much to this track. */
void down_track_estimated(struct down_track *t, int64_t bps);
/** The receiver misses this number. @return true when it was sent again */
bool down_track_repeat(struct down_track *t, uint16_t out_seq);
/** The receiver cannot go on without a keyframe. While it is sent far more than it can take, the
 * wish waits: a keyframe would be lost, too. */
void down_track_want_keyframe(struct down_track *t);
/** It is sent far more than it can take. */
bool down_track_is_congested(const struct down_track *t);

#endif
