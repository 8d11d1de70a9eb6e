/*
 * Which layers of a video track one receiver gets: a small state machine that decides packet by
 * packet on parsed metadata. Pure; never allocates.
 */
#ifndef NEREID_MEDIAD_RTC_LAYER_H
#define NEREID_MEDIAD_RTC_LAYER_H

#include "mediad/rtc/payload.h"

enum { LAYER_MAX = 7 }; /* "as high as there is" */

struct layer_state {
    uint8_t tid;      /* current temporal layer */
    uint8_t seen_tid; /* highest seen */
    uint8_t sid;      /* current spatial layer */
    uint8_t seen_sid;
    uint8_t picture_sid; /* highest of the picture that runs */
    bool is_lowest_only; /* `video-low` of a stream with one video track: lowest layer */
    bool has_started;    /* a keyframe was let through */
    bool is_skipping;    /* lower spatial layers were left out (VP9 Z) since the last keyframe */
};

struct layer_decision {
    bool is_sent;
    bool marker; /* marker bit to send: the real one, or set on the last packet of our sid */
    bool wants_keyframe; /* the wanted spatial layer can only be reached by one */
};

/** Everything there is, from the first keyframe on; or the lowest layer alone: sid 0, and tid 0
 * where there are no spatial layers. */
void layer_init(struct layer_state *l, bool is_lowest_only);

/** Choose anew between the two. Takes effect at the next frame where it can. */
void layer_want(struct layer_state *l, bool is_lowest_only);

/** Start again at the next keyframe: after a switch to another rid. */
void layer_restart(struct layer_state *l);

/** Decide about a packet, in arrival order. Payloads of which nothing is known always pass. */
struct layer_decision layer_decide(struct layer_state *l, const struct payload_info *info,
                                   bool marker);

#endif
