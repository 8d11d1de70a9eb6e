/*
 * Who speaks in a group, and who spoke last: an order that a cough does not change, that silence
 * keeps, and in which the first stays first until another has been clearly louder for a while. Also
 * who is among the last N of those that publish a camera. Pure.
 */
#ifndef NEREID_MEDIAD_GROUP_SPEAKERS_H
#define NEREID_MEDIAD_GROUP_SPEAKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/list.h"

/** How many are told of, and have a rank. */
#define SPEAKERS_TOLD_MAX 20
#define SPEAKERS_NO_RANK UINT16_MAX

/** A member's place; embedded in it. */
struct speaker {
    struct list_node in_order;
    int score;        /* how loud now, decibels; 0: silent. Set before speakers_update() */
    bool has_camera;  /* publishes what speakers_limit() counts. Set before it */
    bool is_beyond;   /* has_camera, and is not among the last N */
    bool is_speaking; /* has been for a moment */
    bool has_spoken;
    bool was_told_speaking;
    uint16_t rank;    /* 0: the first; SPEAKERS_NO_RANK: never spoke, or long ago */
    int64_t since_us; /* since when it is loud, or when it speaks: silent; 0: it is not */
};

/** Zeroed is empty. */
struct speakers {
    struct list speaking; /* in order */
    struct list quiet;    /* who spoke last first, then those who never did as they came */
    const struct speaker *challenger;
    int64_t challenge_us; /* since when that one is louder than the first */
    bool has_changed;     /* one with a rank has left */
};

/** A member came. @param sp zeroed, or removed before */
void speakers_add(struct speakers *s, struct speaker *sp);
/** A member leaves. */
void speakers_remove(struct speakers *s, struct speaker *sp);
/** All scores are those of now. Several times a second while anybody is or was heard.
 * @return true: ranks, or who speaks, have changed */
bool speakers_update(struct speakers *s, int64_t now_us);
/** Say who is among the last n of those with a camera; n <= 0: all are.
 * @return true: others than before */
bool speakers_limit(struct speakers *s, int64_t n);
/** Nobody need be looked at as long as nobody can be heard. */
bool speakers_are_still(const struct speakers *s);
/** Those with a rank, in order. @return how many */
size_t speakers_ranked(const struct speakers *s, const struct speaker *out[SPEAKERS_TOLD_MAX]);

#endif
