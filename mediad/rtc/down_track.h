/*
 * A track as one receiver gets it: which source flows (of simulcast's rids the wanted one, or one
 * that stands in for it), which of its packets go out and under which numbers, and reports.
 * What the receiver asks for again is in down_repair.h. The first of track.h's subscribers.
 */
#ifndef NEREID_MEDIAD_RTC_DOWN_TRACK_H
#define NEREID_MEDIAD_RTC_DOWN_TRACK_H

#include "mediad/rtc/allocate.h"
#include "mediad/rtc/catch_up.h"
#include "mediad/rtc/down_sender.h"
#include "mediad/rtc/keyframe.h"
#include "mediad/rtc/layer.h"
#include "mediad/rtc/pacer.h"
#include "mediad/rtc/resend.h"
#include "mediad/rtc/router.h"
#include "mediad/rtc/rtcp.h"
#include "mediad/rtc/seq_map.h"

/** What of its source a receiver is sent. */
struct down_choice {
    bool is_paused; /* nothing */
    uint8_t rid;    /* index into the target's rids */
    uint8_t sid;    /* highest spatial and temporal layer of it (layer.h) */
    uint8_t tid;
    bool is_urgent; /* what flows is far more than the line carries: no more of it until then */
    int8_t wakes;   /* another rid that its publisher shall send again; -1: none */
};

struct down_track {
    /* what a packet touches comes first and together */
    struct subscription subscriptions[2];
    struct subscription *current; /* what flows */
    struct subscription *next; /* another rid: takes over at its next keyframe, or is waited for */
    bool is_held;              /* what flows is not sent any more */
    struct down_sender sender;
    struct layer_state layer;
    /* continuity over a switch of the source */
    bool has_sent;
    bool last_marker;
    uint32_t last_ts;      /* as sent */
    uint32_t line_ts;      /* of the same picture: where it lies beside those to come, */
    int64_t line_us;       /* and when it came */
    uint64_t last_ext_seq; /* of the source */
    bool has_filled;       /* a picture that is left out goes out all the same: */
    uint32_t filled_ts;    /* its time, of the source */
    struct pacer pacer;
    struct timer pace_timer;
    struct catch_up catch_up;
    struct timer catch_up_timer;
    struct resend_ring resend;
    struct seq_map map;
    /* from time to time */
    struct down_target target;
    struct down_choice choice;
    uint64_t flowing;       /* track of `current` */
    uint64_t waiting;       /* track of `next` */
    struct track_time told; /* where its time line was by sender reports when a pause began */
    /* what the allocator works on (down_video.h) */
    struct allocate_video video;
    struct rid_rate {
        int64_t sent_bps; /* smoothed; 0: it is silent */
        int64_t at_us;    /* as of then */
        int64_t bps;      /* what it takes, or soon will */
        int64_t kept_us;  /* since when its publisher sends what it was told; 0: it does not */
        int64_t over_us;  /* since when it is more than its publisher was told; 0: it is not */
        int64_t few_us;   /* since when it has few pictures; 0: it has not */
        uint8_t max_sid, max_tid;
        int32_t layers_bps[TRACK_LAYERS][TRACK_LAYERS]; /* up to these, smoothed */
    } rates[NEGOTIATE_RIDS_MAX];
    struct down_layer {
        uint8_t rid, sid, tid;
    } layers[ALLOCATE_LAYERS_MAX];
    struct fir_memory fir;
    struct keyframe_allowance allowance;
    int64_t refused_us;  /* when it used that up, so that what flowed could not go on; 0: never */
    uint8_t refused_rid; /* what flowed then */
    int64_t rtt_us;      /* -1 */
    bool has_report;     /* of the receiver; what the last one said: */
    uint32_t reported_seq;
    int32_t reported_lost;
    int64_t jitter_us;
    int64_t loss_ppm;
    bool is_congested;        /* the client is sent far more than its line carries */
    bool is_lossy;            /* the client's line loses by chance */
    int64_t drained_us;       /* until then the line's queue is full of what was sent before */
    int64_t keyframe_owed_us; /* since when a keyframe waits for room on its line; 0: none */
};

/** @param transport borrowed until the end @return NULL when out of memory */
struct down_track *down_track_new(struct peer_transport *transport,
                                  const struct down_target *target);
/** NULL is fine. */
void down_track_free(struct down_track *t);
size_t down_track_size(const struct down_track *t);

/** Its worker's clock. */
static inline int64_t down_track_now(const struct down_track *t)
{
    return t->sender.transport->worker->now_us;
}

/** How a packet goes out once more. Sound has no RTX: both may arrive. */
static inline struct outgoing down_track_again(const struct down_track *t, uint16_t out_seq,
                                               const struct resend_packet *sent)
{
    return (struct outgoing){.seq = out_seq,
                             .picture_id_delta = sent->pid_delta,
                             .marker = sent->marker,
                             .is_spare = !t->sender.is_video};
}

/** Does the lowest of several rids flow? Less of the video cannot be sent. */
static inline bool down_track_is_least(const struct down_track *t)
{
    uint8_t last = t->target.n_rids - 1;

    return last > 0 && t->choice.rid == last && t->flowing == t->target.rids[last].track_id;
}

/** Its video may leave so fast: bit/s, 0: as it comes. */
void down_track_pace(struct down_track *t, int64_t rate_bps);
/** A sender report (RFC 3550 section 6.4.1) with the CNAME, once the source's clock is known. */
void down_track_report(struct down_track *t);

/** The receiver's report on it came. @param now_ntp middle 32 bits of the time */
void down_track_reported(struct down_track *t, const struct rtcp_report *report, uint32_t now_ntp);

#endif
