/*
 * What the control thread and a peer connection's worker tell each other: descriptions one way,
 * events and statistics the other. Values only; each message has one owner at a time.
 */
#ifndef NEREID_MEDIAD_RTC_CONNECTION_H
#define NEREID_MEDIAD_RTC_CONNECTION_H

#include <stdatomic.h>

#include "mediad/rtc/allocate.h"
#include "mediad/rtc/ice.h"
#include "mediad/rtc/negotiate_down.h"
#include "mediad/rtc/negotiate_up.h"

/** SSRCs that a publisher may use in one connection, and so the number of its tracks. */
#define TRACKS_MAX 32

/** Kinds of mail (mailbox.h). */
enum mail_kind {
    /* control to worker */
    MAIL_ADD,         /* pointer: struct peer_connection, owned */
    MAIL_UPDATE,      /* id: connection; pointer: struct connection_update, owned */
    MAIL_CLOSE,       /* id: connection */
    MAIL_MUTE,        /* id: connection; data[0]: its sound goes nowhere */
    MAIL_WISH,        /* id: connection; data: struct allocate_wish */
    MAIL_RECORD,      /* pointer: struct record_tap, owned */
    MAIL_RECORD_STOP, /* id: of the tap */
    MAIL_STOP,
    /* worker to worker */
    MAIL_DATAGRAM,  /* pointer: struct packet_slot, one reference: for a connection of yours */
    MAIL_ROUTE_ADD, /* data: struct net_address; number: its worker; id: its connection */
    MAIL_ROUTE_REMOVE,
    MAIL_TRACK_OPEN, /* id: track; number: worker that wants its packets; data[0]: first time */
    MAIL_TRACK_CLOSE,
    MAIL_TRACK_KEYFRAME, /* id: track: some receiver needs a keyframe */
    MAIL_TRACK_PACKET,   /* id: track; pointer: struct packet, one reference */
    MAIL_TRACK_TIME,     /* id: track; data: struct track_time */
    MAIL_TRACK_CNAME,    /* id: track; pointer: struct packet_slot whose data is the CNAME */
    MAIL_TRACK_RATE, /* id: track; number: worker; data[0]: what its receivers can take, bit/s */
    /* worker to control */
    MAIL_STEER, /* data, number, id: as in MAIL_ROUTE_ADD; its datagrams come to me */
    MAIL_STEER_NO_MORE,
    MAIL_EVENT, /* id: connection; number: enum connection_event */
};

enum connection_event {
    CONNECTION_CONNECTED, /* data[0]: milliseconds it took */
    CONNECTION_FAILED,    /* pointer: why, static */
    CONNECTION_OVER_RATE, /* a sender was cut to its rate */
    CONNECTION_DEMAND,    /* data[0]: which tracks have receivers: media_events.h, up_demand */
    CONNECTION_LIMIT,     /* data[0]: what the videos may take, bit/s: media_events.h, up_limit */
    CONNECTION_ALLOCATED, /* data: struct down_allocation */
    CONNECTION_EVENTS
};

/** Spatial layers, and temporal ones, that are told apart; higher ones count as the highest. */
#define TRACK_LAYERS 4

/** Bits: what its publisher is told of a rid that is not the last. */
enum rid_state {
    RID_CAN_SHRINK = 1, /* it can be told to take less: nobody receives one above it */
    RID_IS_SHRUNK = 2,  /* it was told so: its receivers have not room for all of it */
    RID_IS_IDLE = 4,    /* nobody receives it: what comes all the same will not last */
    RID_IS_BROKEN = 8,  /* its publisher's line loses more of it than can be made up for */
};

/** Written by the worker once a second, read by the control thread; relaxed. -1: not known. Of a
 * published video also what follows below, every half second, read by other workers, too. */
struct track_stats {
    atomic_int_least32_t bitrate_bps;
    atomic_int_least32_t max_bitrate_bps;
    atomic_int_least32_t loss_ppm;
    atomic_int_least32_t rtt_us;
    atomic_int_least32_t jitter_us;
    atomic_int_least32_t kind; /* enum track_kind */
    /* of published ones: struct up_received (stream_quality.h) */
    atomic_int_least32_t n_packets;
    atomic_int_least32_t n_lost;
    atomic_int_least32_t n_bytes;
    /* of a received video, what its receiver's line and wish made of it (allocate.h) */
    atomic_int_least32_t reason;     /* enum allocate_reason; -1: none of this is known */
    atomic_int_least32_t layer;      /* 0: the lowest; -1: paused */
    atomic_int_least32_t n_layers;   /* 0: its publisher sends nothing yet */
    atomic_int_least32_t target_bps; /* what it may take; -1: no limit is known */
    /** Bit/s of all that a receiver of spatial and temporal layers up to this one is sent, over the
     * last second; [0][0] without layers. 0 where nothing is sent of this very layer. Less than the
     * sum where higher layers do not need all of the lower ones. */
    atomic_int_least32_t sent_bps[TRACK_LAYERS][TRACK_LAYERS];
    /** How loud it speaks, of published sound: audio_level_score(), at once when that changes. */
    atomic_int_least32_t speech;
    atomic_int_least32_t height;   /* of the highest layer's pictures; 0: not known */
    atomic_int_least32_t pictures; /* a second, of all layers; 0: not known */
    /* what a publisher's video took when it was sent last, and was not shrunk */
    atomic_int_least32_t known_bps;
    /* of a rid that is not the last: what its publisher shall send it with, and does or soon will;
     * 0: as it likes */
    atomic_int_least32_t expected_bps;
    atomic_int_least32_t rid_state; /* enum rid_state */
    /* of a published track, for statistics (published_video.h) */
    atomic_int_least32_t told_bps;    /* what its publisher is told that it may take (REMB) */
    atomic_int_least32_t page_bps;    /* what its publisher's page is told; -1: as it likes */
    atomic_int_least32_t is_received; /* somebody gets it (demand.h) */
};

struct connection_stats {
    atomic_uint refs; /* the control thread's and the worker's */
    atomic_uint n_tracks;
    atomic_int_least32_t max_bitrate_bps;
    atomic_uint_least64_t remote; /* net_address_fingerprint() of the peer; 0: not connected */
    struct track_stats tracks[TRACKS_MAX];
};

/** Worker's thread. A count that does not fit is the largest number. */
static inline void stats_store(atomic_int_least32_t *at, int64_t value)
{
    atomic_store_explicit(at, (int32_t)(value < INT32_MAX ? value : INT32_MAX),
                          memory_order_relaxed);
}

/** Any thread. */
static inline int64_t stats_load(const atomic_int_least32_t *at)
{
    return atomic_load_explicit(at, memory_order_relaxed);
}

/** One reference. NULL when out of memory. */
struct connection_stats *connection_stats_new(void);
struct connection_stats *connection_stats_ref(struct connection_stats *s);
void connection_stats_unref(struct connection_stats *s);

/** A published track: which part of the publisher's description it is. */
struct up_target {
    uint64_t track_id;
    struct up_track where;
};

/** Where a track is published. */
struct track_address {
    uint64_t id;
    unsigned owner; /* the publisher's worker */
    enum codec codec;
};

/** A track that a receiver is to get, as its answer left it. */
struct down_target {
    enum codec codec;
    unsigned owner; /* the publisher's worker */
    uint8_t n_rids; /* at least 1: without simulcast the track itself */
    uint8_t rid;    /* what was asked for: this one, or one behind it in the list */
    struct down_rid {
        uint64_t track_id;      /* 0, alone: nothing flows until another target comes */
        uint8_t stats;          /* its place among the publisher's statistics */
    } rids[NEGOTIATE_RIDS_MAX]; /* of one video, the best first */
    bool is_lowest_only;
    unsigned section;
    uint32_t ssrc;
    uint32_t rtx_ssrc;
    struct down_route route;
    char mid[NEGOTIATE_MID_MAX + 1];
    char cname[NEGOTIATE_ID_MAX];
};

/** Everything that a description changes; what is not there stays as it was. */
struct connection_update {
    bool has_local;
    struct ice_credentials local;
    bool has_remote;
    struct remote_transport remote;
    bool is_fresh_remote;  /* the peer has 30 s from now on for its first check */
    struct negotiated *up; /* owned; NULL: unchanged */
    size_t n_up;
    struct up_target up_targets[TRACKS_MAX];
    bool has_down;
    size_t n_down;
    struct down_target *down_targets;   /* owned */
    struct connection_stats *published; /* with them: of the publisher; one reference */
    struct allocate_wish wish;          /* with them */
};

void connection_update_free(struct connection_update *u);

#endif
