/*
 * A publisher's side of a peer connection: finds the track of each packet (SSRC, or mid and rid),
 * measures, asks for what is missing, hands packets to track.h; reports and keyframe requests back.
 */
#ifndef NEREID_MEDIAD_RTC_UP_CONNECTION_H
#define NEREID_MEDIAD_RTC_UP_CONNECTION_H

#include "mediad/rtc/loss.h"
#include "mediad/rtc/peer_connection.h"
#include "mediad/rtc/rate_guard.h"
#include "mediad/rtc/reception.h"
#include "mediad/rtc/rtp.h"
#include "mediad/rtc/timeline.h"
#include "mediad/rtc/track.h"

/** Told to publishers as a limit (REMB), per video section, when no receiver has a lower one. */
#define UP_VIDEO_BPS_MAX 2500000
/** Until there is a receiver: its line may be a slow one. */
#define UP_START_BPS 512000
/** Added for each lower rid of a simulcast, at least: what clients usually give it. */
#define UP_LOW_BPS 102400

/** SSRCs that a source was bound to before and left. */
#define UP_LEFT_SSRCS 4

struct up_source {
    struct peer_connection *pc;
    struct track *track;
    struct up_track where;
    uint32_t ssrc; /* 0: none yet */
    uint32_t rtx_ssrc;
    uint32_t signalled_ssrc; /* by the last description; 0: none */
    struct {
        uint32_t ssrc; /* 0: free */
        int64_t heard_us;
    } left[UP_LEFT_SSRCS]; /* ring */
    unsigned n_left;
    uint64_t ext_offset; /* added to extended numbers: grows with each SSRC of the source */
    struct reception reception;
    struct loss_tracker loss;
    struct timeline_track timeline;
    struct timer nack_timer;
    struct told_rate told;
    uint64_t lost_seen; /* of reception_lost(), that was counted */
    uint8_t fir_number;
};

struct up_connection {
    struct negotiated *plan; /* owned */
    size_t n_sources;
    struct up_source *sources[TRACKS_MAX]; /* owned; addresses stay */
    struct rate_guard guard;
    struct timeline timeline;
    uint32_t ssrc;   /* our own, in reports */
    int64_t told_us; /* when the publisher was last told a rate */
};

struct up_connection *up_connection_new(void);
void up_connection_free(struct up_connection *up);
/** Memory it takes, with its tracks. */
size_t up_connection_size(const struct up_connection *up);
/** Tracks of a new description: kept by id, added, ended. Takes u->up over. */
int up_connection_update(struct peer_connection *pc, struct connection_update *u) MUST_USE;
/** An unprotected RTP packet. */
void up_connection_rtp(struct peer_connection *pc, struct slot **slot);
/** Every 500 ms. */
void up_connection_tick(struct peer_connection *pc);
/** Ask the publisher for a keyframe of one of its tracks. */
void up_connection_ask_keyframe(struct peer_connection *pc, unsigned index);
/** Some receiver of one of its tracks can take no more than so much: tells the publisher at once
 * when that is less than it was told. */
void up_connection_rate_fell(struct peer_connection *pc, unsigned index, int64_t bps);
/** By SSRC, the retransmission's too; NULL when not bound. */
struct up_source *up_connection_find(struct up_connection *up, uint32_t ssrc);

#endif
