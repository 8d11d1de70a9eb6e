/*
 * A receiver's side of a peer connection: writes each packet of its tracks anew (number, layer,
 * extensions), protects it and queues it; answers NACK; sender reports.
 */
#ifndef NEREID_MEDIAD_RTC_DOWN_CONNECTION_H
#define NEREID_MEDIAD_RTC_DOWN_CONNECTION_H

#include "mediad/rtc/layer.h"
#include "mediad/rtc/peer_connection.h"
#include "mediad/rtc/receive_rate.h"
#include "mediad/rtc/reception.h"
#include "mediad/rtc/resend.h"
#include "mediad/rtc/rtcp.h"
#include "mediad/rtc/seq_map.h"
#include "mediad/rtc/track.h"

/** A publisher stops sending a rid for which it lacks bandwidth or power. */
enum stand_in {
    STAND_IN_NONE,   /* `current` is the rid that the receiver wants */
    STAND_IN_SOUGHT, /* it is silent: `next` is another one, which takes over if it flows */
    STAND_IN_ACTIVE, /* `current` stands in; `next` is the wanted one */
};

struct down_track {
    /* what a packet touches comes first and together */
    struct subscription current;
    struct peer_connection *pc;
    struct layer_state layer;
    bool is_video;
    bool has_mid; /* the receiver has not reported yet: packets still carry the mid */
    /* continuity over a switch of the source */
    bool has_sent;
    bool last_marker;
    uint8_t tl0_offset;
    uint16_t rtx_seq;
    uint32_t ts_offset;
    uint32_t last_ts; /* as sent */
    int64_t last_us;
    uint64_t last_ext_seq; /* of the source */
    uint32_t n_packets;    /* as in sender reports */
    uint32_t n_bytes;
    uint64_t sent_bytes; /* in all */
    struct rate_meter rate;
    struct resend_ring resend;
    struct down_target target; /* its names last */
    struct seq_map map;        /* its intervals last */
    /* from time to time */
    struct subscription next;       /* another rid that takes over at its next keyframe */
    struct down_target next_target; /* of `next`; after it took over, of what it replaced */
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

struct down_connection {
    size_t n_tracks;
    struct down_track *tracks[TRACKS_MAX]; /* owned; addresses stay */
    int64_t remb_bps;                      /* -1: none yet */
    int64_t remb_us;
    bool is_flowing;
};

struct down_connection *down_connection_new(void);
void down_connection_free(struct down_connection *down);
/** Memory it takes, with its tracks. */
size_t down_connection_size(const struct down_connection *down);
/** Tracks of a new answer: kept by section, added, ended, or moved to another source. */
int down_connection_update(struct peer_connection *pc, struct connection_update *u) MUST_USE;
/** The connection is up: packets flow from now on. */
void down_connection_start(struct peer_connection *pc);
/** Every 500 ms. */
void down_connection_tick(struct peer_connection *pc);
/** The publisher's first report came: reports at once. */
void down_connection_report(struct peer_connection *pc);

/** New packets of a track, in order; the packet path. */
void down_track_forward(struct subscription *s, struct packet *const *packets, unsigned n);
/** From the last keyframe in the cache to what is newest. */
void down_track_replay(struct down_track *t);
/** The last keyframe again, under the numbers it went out by: the receiver may have lost parts. */
void down_track_repeat_keyframe(struct down_track *t);
/** The receiver cannot go on without a keyframe. While it is sent far more than it can take, the
 * wish waits: a keyframe would be lost, too. */
void down_track_want_keyframe(struct down_track *t);
/** It is sent far more than it can take. */
bool down_track_is_congested(const struct down_track *t);
/** The receiver misses this number. @return true when it was sent again */
bool down_track_repeat(struct down_track *t, uint16_t out_seq);
/** By the SSRC that we send, the retransmission's too; NULL. */
struct down_track *down_connection_find(struct down_connection *down, uint32_t ssrc);

#endif
