/*
 * Which layers of a video track one receiver gets: a small state machine that decides packet by
 * packet on parsed metadata. Pure; never allocates.
 */
#ifndef NEREID_MEDIAD_RTC_LAYER_H
#define NEREID_MEDIAD_RTC_LAYER_H

#include "mediad/rtc/payload.h"
#include "mediad/rtc/target_state.h"

enum { LAYER_MAX = 7 }; /* "as high as there is" */

/** Zeroed: from the next keyframe on, the lowest layers. */
struct layer_state {
    uint8_t want_sid; /* highest wanted layers */
    uint8_t want_tid;
    uint8_t tid;         /* current temporal layer */
    uint8_t sid;         /* current spatial layer */
    uint8_t seen_sid;    /* highest seen */
    uint8_t picture_sid; /* highest of the picture that runs */
    bool is_lowest_only; /* `video-low` of a stream with one video track: lowest layer */
    bool has_started;    /* a keyframe was let through */
    bool is_skipping;    /* lower spatial layers were left out (VP9 Z) since the last keyframe */
    bool has_left_out;   /* a picture was left out, for its temporal layer: */
    uint16_t left_out_id;
    uint8_t target_before;       /* the decode target that flowed before, for what comes late */
    struct target_state targets; /* of a stream with dependency descriptors */
};

struct layer_decision {
    bool is_sent;
    bool marker; /* marker bit to send: the real one, or set on the last packet of our sid */
    bool wants_keyframe; /* the wanted spatial layer can only be reached by one */
};

/** Everything there is, from the first keyframe on. */
void layer_init(struct layer_state *l);

/** The highest layers that the receiver shall get; LAYER_MAX: all there is. Down at the next
 * picture where that needs no keyframe; up where a frame of the higher layer can be decoded by who
 * got the lower ones, else at a keyframe (layer_decision.wants_keyframe). */
void layer_want(struct layer_state *l, uint8_t sid, uint8_t tid);

/** The lowest layer alone, whatever else is wanted, or no such limit: sid 0, and tid 0 where there
 * are no spatial layers. */
void layer_limit_lowest(struct layer_state *l, bool is_lowest_only);

/** Start again at the next keyframe: after a switch to another rid. */
void layer_restart(struct layer_state *l);

/** The decode target that flows (target_number()), for streams with dependency descriptors. */
uint8_t layer_target(const struct layer_state *l);

/** Decide about a packet, in arrival order. Payloads of which nothing is known always pass. */
struct layer_decision layer_decide(struct layer_state *l, const struct payload_info *info,
                                   bool marker);

#endif
