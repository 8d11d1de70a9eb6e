/*
 * Packets missing from a publisher and when to ask for them: after 10 ms or two newer packets, then
 * every max(20 ms, 1.2 RTT), at most 8 times (audio: twice); given up after 1 s or at a newer
 * keyframe. Too many at once: all are forgotten and a keyframe is wanted instead. In the long run
 * one is asked for to three that come: repeats would keep a line full that does not carry what is
 * sent. Pure.
 */
#ifndef NEREID_MEDIAD_RTC_LOSS_H
#define NEREID_MEDIAD_RTC_LOSS_H

#include "common/error.h"
#include "common/span.h"

enum {
    LOSS_MISSING_MAX = 128,
    LOSS_TRIES_VIDEO = 8,
    LOSS_TRIES_AUDIO = 2,
    LOSS_WAIT_US = 10 * 1000,
    LOSS_WAIT_PACKETS = 2,
    LOSS_RETRY_MIN_US = 20 * 1000,
    LOSS_RTT_UNKNOWN_US = 100 * 1000,
    LOSS_GIVE_UP_US = 1000 * 1000,
    LOSS_ASK_COST = 3,    /* packets that come for one that is asked for, */
    LOSS_ASKS_AHEAD = 48, /* after so many that cost nothing */
};

struct loss_entry {
    uint16_t seq;
    uint8_t tries;
    int64_t since_us; /* noticed */
    int64_t asked_us; /* last */
    int64_t next_us;  /* ask (again) at */
};

struct loss_tracker {
    uint8_t tries_max; /* 0: never ask (nack was not negotiated) */
    bool has_packet;
    uint16_t newest_seq;
    int64_t rtt_us;    /* from asking once until it came, smoothed; 0: not known */
    unsigned n_credit; /* packets that came and paid for no request yet */
    unsigned n_missing;
    uint32_t n_given_up;                         /* so far: what these belong to stays broken */
    struct loss_entry missing[LOSS_MISSING_MAX]; /* ascending, modulo 2^16 */
};

enum loss_event {
    LOSS_NONE,     /* in order, or newer than expected */
    LOSS_FILLED,   /* it had been missing, but was not asked for: reordered */
    LOSS_REPAIRED, /* it had been asked for */
    LOSS_UNKNOWN,  /* late and not missing: a duplicate, or given up before */
    LOSS_OVERFLOW, /* too many are missing: all forgotten, ask for a keyframe */
};

/** @param tries_max how often a packet is asked for, as LOSS_TRIES_VIDEO; 0: never */
void loss_init(struct loss_tracker *t, uint8_t tries_max);

/** A packet of the track came (for RTX: the original's number). What is missing before it is noted,
 * unless nothing is ever asked for. */
enum loss_event loss_packet(struct loss_tracker *t, uint16_t seq, int64_t now_us);

/** Was this number asked for, and is it still missing? */
bool loss_was_asked(const struct loss_tracker *t, uint16_t seq);

/** A keyframe starts at this packet: what is missing before it is not needed any more. */
void loss_keyframe(struct loss_tracker *t, uint16_t first_seq);

/** The numbering restarts: forget everything. */
void loss_reset(struct loss_tracker *t);

/**
 * Numbers to ask for now, ascending; each call counts as one try of those it returns. What was
 * asked for often or long enough is given up here.
 * @param seqs room for `max` @return how many were written
 */
size_t loss_due(struct loss_tracker *t, int64_t now_us, uint16_t *seqs, size_t max);

/** When loss_due() has something next; INT64_MAX when nothing is missing. */
int64_t loss_next_us(const struct loss_tracker *t);

#endif
