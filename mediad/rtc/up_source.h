/*
 * One track as its publisher sends it: the SSRCs it comes by, what is measured of it, what is
 * missing and asked for again.
 */
#ifndef NEREID_MEDIAD_RTC_UP_SOURCE_H
#define NEREID_MEDIAD_RTC_UP_SOURCE_H

#include "mediad/rtc/audio_level.h"
#include "mediad/rtc/connection.h"
#include "mediad/rtc/dependency_descriptor.h"
#include "mediad/rtc/layer_meter.h"
#include "mediad/rtc/loss.h"
#include "mediad/rtc/peer_transport.h"
#include "mediad/rtc/reception.h"
#include "mediad/rtc/timeline.h"
#include "mediad/rtc/track.h"

/** SSRCs that a source was bound to before and left. */
#define UP_LEFT_SSRCS 4
/** Rebuilt packets (up_redundancy.h) that are remembered: what was rebuilt may come yet. */
#define UP_REBUILT_MAX 32

/** Is a publisher's sound heard? */
enum up_hearing {
    UP_HEARD,
    UP_MUTED,
    UP_UNMUTED, /* since a moment ago: packets may have frames of before once more */
};

struct up_connection;

struct up_source {
    struct up_connection *owner; /* set by it */
    struct peer_transport *transport;
    struct track *track;
    struct up_track where;
    bool is_last_rid; /* of a simulcast: the smallest picture */
    uint32_t ssrc;    /* 0: none yet */
    uint32_t rtx_ssrc;
    uint32_t signalled_ssrc; /* by the last description; 0: none */
    struct {
        uint32_t ssrc; /* 0: free */
        int64_t heard_us;
    } left[UP_LEFT_SSRCS]; /* ring */
    unsigned n_left;
    uint64_t ext_offset; /* added to extended numbers: grows with each SSRC of the source */
    struct reception reception;
    struct layer_meter layers;           /* video */
    struct dependency_state *dependency; /* owned; NULL: not negotiated */
    struct audio_level level;            /* sound */
    struct loss_tracker loss;
    uint64_t rebuilt[UP_REBUILT_MAX]; /* ring of extended numbers; 0: free */
    unsigned n_rebuilt;
    enum up_hearing hearing;
    uint32_t heard_ts; /* of the first packet after it was muted: what is older stays unheard */
    struct timeline_track timeline;
    struct timer nack_timer;
    struct told_rate told;
    int64_t page_bps;  /* what its publisher's page was told of it; 0: that it is not to be sent */
    unsigned n_free;   /* seconds in a row in which it took what its publisher wants */
    int64_t obeyed_us; /* when its rate was last what it was told, or it was told first; 0: it need
                          not be smaller */
    int64_t stiff_us;  /* it was told, and did not obey: not told again before this time */
    uint8_t n_stiff;   /* how often */
    /* a second ago: packets that were to come, that did not, and before repair */
    uint64_t seen, missing, lost;
    int64_t broken_us;     /* what comes of it is of no use before this time */
    uint8_t n_losing;      /* seconds in a row in which much of it was lost, */
    uint8_t n_crowded;     /* and before repair */
    uint8_t n_broken;      /* how often it was found so */
    struct told_rate held; /* what its publisher's line carries of it, as far as is known */
    int64_t held_us;       /* until when that does not rise */
    uint8_t n_held;        /* how often it was found so */
    int64_t looked_us;  /* when its receivers' limits were last looked through for one that fell */
    int64_t peak_bps;   /* the most it was sent with, slowly forgotten */
    uint64_t lost_seen; /* the most of reception_lost(), which was counted */
    uint32_t reporter_ssrc; /* our own, in feedback */
    uint8_t feedback;       /* enum feedback bits of its codec */
    uint8_t fir_number;
};

/** @param ops what its track asks of it; track->source_user is the source
 *  @return NULL when out of memory */
struct up_source *up_source_new(struct peer_transport *transport, const struct up_target *target,
                                const struct negotiated *plan, uint32_t reporter_ssrc,
                                const struct track_source_ops *ops);
/** NULL is fine. */
void up_source_free(struct up_source *source);

/** Is what comes of it of no use for a while (up_report.h)? */
static inline bool up_source_is_broken(const struct up_source *source)
{
    return source->transport->worker->now_us < source->broken_us;
}

/** A description says where it is from now on, and perhaps by which SSRC it comes. */
void up_source_describe(struct up_source *source, const struct up_target *target,
                        const struct negotiated *plan);
/** It comes by another SSRC: its numbers and its clock start anew. */
void up_source_bind(struct up_source *source, uint32_t ssrc);
/** Was it bound to this SSRC before, until a moment ago? Such packets come late. */
bool up_source_has_left(struct up_source *source, uint32_t ssrc);
/** A packet came: asks for those that are missing when it is time. */
void up_source_watch_losses(struct up_source *source, const struct packet *p);
/** Asks the publisher for a keyframe (PLI, else FIR); nothing without a path or an SSRC. */
void up_source_ask_keyframe(struct up_source *source);

#endif
