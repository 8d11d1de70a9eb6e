/*
 * A published track as one worker sees it: the cache of its last packets, its receivers on this
 * worker, its keyframe requests and its clock. On the publisher's worker packets come from the peer
 * connection; on any other one the track is a mirror, fed through the ring (router.h).
 */
#ifndef NEREID_MEDIAD_RTC_TRACK_H
#define NEREID_MEDIAD_RTC_TRACK_H

#include "mediad/rtc/connection.h"
#include "mediad/rtc/keyframe.h"
#include "mediad/rtc/packet_cache.h"
#include "mediad/rtc/receive_rate.h"
#include "mediad/rtc/worker.h"

#define TRACK_PENDING_MAX 64
/** An extended number that is this far ahead of the last one begins a new numbering. */
#define TRACK_RESTART_DISTANCE 0x8000

/** A moment of the server's monotonic clock and the track's RTP time at it (timeline.h). */
struct track_time {
    bool is_known;
    uint32_t rtp_ts;
    int64_t at_us;
};

/** One receiver's place in a track's list. Embedded in the receiver; zeroed: not subscribed. */
struct subscription {
    struct subscription *next;
    struct subscription **link;
    struct track *track;
    struct down_track *receiver;
};

struct track {
    uint64_t id;
    struct worker *worker;
    unsigned owner; /* the publisher's worker */
    enum codec codec;
    enum track_kind kind;
    uint32_t clock_rate; /* Hz */
    struct packet_cache cache;
    uint64_t newest_ext_seq; /* 0: none yet */
    struct subscription *subscribers;
    struct packet *pending[TRACK_PENDING_MAX]; /* one reference each */
    unsigned n_pending;
    struct track *next_dirty;
    bool is_dirty;
    struct keyframe_requests keyframes;
    struct timer keyframe_timer;
    struct track_time time;
    struct span cname; /* the publisher's; its bytes follow below */
    uint8_t cname_bytes[255];
    /* mirrors */
    bool is_fed;             /* something came since the last look */
    struct timer open_timer; /* asks the owner again while nothing comes */
    struct told_rate shared; /* what the owner knows of the receivers here */
    /* publisher's worker */
    struct peer_connection *publisher; /* NULL: mirror, or the publisher has gone */
    unsigned publisher_index;
    uint64_t mirrors;   /* workers that get its packets */
    uint64_t congested; /* those whose ring was full: they wait for the next picture */
    struct told_rate rates[WORKERS_MAX]; /* what the receivers of each mirror can take */
};

/** Made and linked into its worker's table. @return NULL when out of memory */
struct track *track_new(struct worker *w, uint64_t id, unsigned owner, enum codec codec);
/** Unlinks it; subscribers keep their places but get nothing more. */
void track_free(struct track *t);

/** Memory it takes, the slots that were set aside for its packets included. */
size_t track_size(const struct track *t);

/** Hand in a packet in arrival order; takes over one reference. One without payload is kept, too: a
 * receiver that starts with the cache must close its gap as the others did. */
void track_push(struct track *t, struct packet *packet);
/** Give what was handed in to the receivers and the other workers. */
void track_flush(struct track *t);
/** All tracks of the worker that have something. */
void track_flush_all(struct worker *w);

/** Sends the receiver the last keyframe too, when it is young enough, else asks for one.
 * @param is_opening a mirror that was just made: its owner sends or asks by itself */
void track_subscribe(struct track *t, struct subscription *s, bool is_opening);
void track_unsubscribe(struct subscription *s);

/** A receiver needs a keyframe. @param is_replay_useful it may lie in the cache
 * @return true: replay it from the cache to this receiver */
bool track_want_keyframe(struct track *t, bool is_replay_useful);
/** What its receivers on this worker, and by their word those of the mirrors, can take.
 * @return bit/s, or RECEIVE_RATE_UNKNOWN */
int64_t track_least_bps(const struct track *t);
/** Its RTP time at a moment. @return false before the publisher's first report */
bool track_rtp_at(const struct track *t, int64_t at_us, uint32_t *rtp_ts);

#endif
