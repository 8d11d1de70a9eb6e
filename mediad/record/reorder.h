/*
 * Puts the packets of one track in order before they become frames: what is missing is waited for
 * as long as a repeat may come, then given up. Pure: the caller tells the time. What comes in
 * order, which is nearly all, is handed on without a copy.
 */
#ifndef NEREID_MEDIAD_RECORD_REORDER_H
#define NEREID_MEDIAD_RECORD_REORDER_H

#include "mediad/record/record_queue.h"

/** How long a missing packet is waited for: longer than the answer to a NACK takes. */
#define REORDER_WINDOW_US INT64_C(500000)

enum { REORDER_SLOTS = 1024 }; /* packets that may wait; a power of two */

struct reorder_slot {
    struct record *packet; /* its payload follows; NULL: not there */
};

struct reorder {
    struct reorder_slot *slots; /* by ext_seq; NULL until one must wait */
    uint64_t next;              /* the number that is due */
    unsigned n_waiting;
    int64_t waits_since_us; /* when the oldest gap was noticed */
    uint8_t source;
    bool has_begun;
    bool is_gap; /* some before `next` were given up */
    /** @param is_after_gap packets are missing between the last one and this */
    void (*deliver)(void *user, const struct record *packet, bool is_after_gap);
    void *user;
};

void reorder_release(struct reorder *r);
/** A packet; the payload is copied if it must wait. Another source begins anew, after what waits.
 */
void reorder_push(struct reorder *r, const struct record *packet);
/** Gives up what was waited for long enough. */
void reorder_tick(struct reorder *r, int64_t now_us);
/** Gives up all that is missing: nothing more comes. */
void reorder_flush(struct reorder *r);

#endif
