/*
 * A published track as one worker sees it: the cache of its last packets, its receivers on this
 * worker, its keyframe requests and its clock. Both its neighbours are interfaces: where its
 * packets come from (a publisher's peer connection, or on any other worker a mirror that is fed
 * through the ring: router.h) and who gets them (a peer connection's down track, a recorder).
 */
#ifndef NEREID_MEDIAD_RTC_TRACK_H
#define NEREID_MEDIAD_RTC_TRACK_H

#include "common/list.h"
#include "mediad/rtc/connection.h"
#include "mediad/rtc/keyframe.h"
#include "mediad/rtc/packet_cache.h"
#include "mediad/rtc/told_rate.h"
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

struct subscription;

/** What receives a track. All calls are on the track's worker. */
struct subscriber_ops {
    /** New packets in order of arrival: one call per receiver and batch. They stay only during the
     * call, unless a reference is taken (slab_ref()). The receiver may unsubscribe itself. */
    void (*packets)(struct subscription *s, struct packet *const *packets, unsigned n);
    /** Take what the track's cache has from its last keyframe on (packet_replay_init()). */
    void (*replay)(struct subscription *s);
    /** The source's clock can now be related to ours: track_rtp_at(). */
    void (*clock_known)(struct subscription *s);
};

/** One receiver's place in a track's list. Embedded in the receiver; zeroed but for ops and user:
 * not subscribed. */
struct subscription {
    const struct subscriber_ops *ops;
    void *user; /* the receiver's own */
    struct list_node in_track;
    struct track *track;
    int64_t limit_bps; /* what the receiver can take: subscription_limit(); 0: not known */
};

/** What feeds a track. */
struct track_source_ops {
    /** Ask upward for a keyframe; track.c has decided that it is time. */
    void (*want_keyframe)(struct track *t);
    /** Hand a batch to the other workers that have receivers. NULL: there are none */
    void (*cross)(struct track *t, struct packet *const *packets, unsigned n);
    /** A receiver can take no more than so much. */
    void (*limit_fell)(struct track *t, int64_t bps);
    /** The track has a receiver again, after it had none. NULL: nobody asks */
    void (*received)(struct track *t);
};

/** What receivers can take: the one with the narrowest line, and the one with the widest. */
struct track_limits {
    int64_t least_bps; /* TOLD_RATE_UNKNOWN: none has said anything */
    int64_t most_bps;  /* TOLD_RATE_UNKNOWN: some have not, or there are none */
    int64_t at_us;     /* when that was said to another worker, or by one; 0: never */
};

struct track {
    uint64_t id;
    struct worker *worker;
    unsigned owner; /* the publisher's worker */
    enum codec codec;
    enum track_kind kind;
    uint32_t clock_rate; /* Hz */
    const struct track_source_ops *source;
    void *source_user; /* the source's own */
    struct packet_cache cache;
    uint64_t newest_ext_seq;                   /* 0: none yet */
    struct list subscribers;                   /* of struct subscription */
    struct packet *pending[TRACK_PENDING_MAX]; /* one reference each */
    unsigned n_pending;
    struct list_node in_dirty; /* the worker's list */
    struct keyframe_requests keyframes;
    struct timer keyframe_timer;
    struct track_time time;
    struct span cname; /* the publisher's; its bytes follow below */
    uint8_t cname_bytes[255];
    /* mirrors */
    bool is_fed;                /* something came since the last look */
    struct timer open_timer;    /* asks the owner again while nothing comes */
    struct track_limits shared; /* what the owner knows of the receivers here */
    /* publisher's worker */
    uint64_t mirrors;   /* workers that get its packets */
    uint64_t congested; /* those whose ring was full: they wait for the next picture */
    struct track_limits limits[WORKERS_MAX]; /* of the receivers of each mirror */
};

/** Made and linked into its worker's table.
 * @param owner  the publisher's worker
 * @param source stays as long as the track
 * @return NULL when out of memory */
struct track *track_new(struct worker *w, uint64_t id, unsigned owner, enum codec codec,
                        const struct track_source_ops *source, void *source_user);
/** Unlinks it; subscribers keep their places but get nothing more. */
void track_free(struct track *t);

/** Memory it takes, the slots of its packets included. */
size_t track_size(const struct track *t);
/** Once or twice a second: lets go of old packets while no new ones come, and sizes the cache. */
void track_tick(struct track *t);

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
/** A subscribed receiver of video starts, or starts anew: with the last keyframe, when it is young
 * enough, else one is asked for. */
void track_start(struct subscription *s);
/** Can a receiver that starts be sent what the cache has from its last keyframe on? That keyframe
 * is young, or the publisher sends no other when it is asked. */
bool track_can_replay(const struct track *t);
/** Its newest packet with a payload, behind which are at most a few probes; NULL. Borrowed. */
const struct packet *track_newest_picture(const struct track *t);
/** Does anybody receive it, here or by a mirror? */
bool track_is_received(const struct track *t);
/** The receiver can take so much, or TOLD_RATE_UNKNOWN: the source hears of it, that of one that is
 * not subscribed when it is. Unsubscribing forgets it. */
void subscription_limit(struct subscription *s, int64_t bps);

/** A receiver needs a keyframe. @param is_replay_useful it may lie in the cache
 * @return true: replay it from the cache to this receiver */
bool track_want_keyframe(struct track *t, bool is_replay_useful);
/** What its receivers on this worker, and by their word those of the mirrors, can take. */
struct track_limits track_limits(const struct track *t);
/** Its clock, from the source; receivers hear when it is known for the first time. */
void track_set_time(struct track *t, const struct track_time *time);
/** Its RTP time at a moment. @return false before the publisher's first report */
bool track_rtp_at(const struct track *t, int64_t at_us, uint32_t *rtp_ts);

#endif
