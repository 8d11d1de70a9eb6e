/*
 * When to find out whether a line carries more, and what came of it: a few packets faster than the
 * estimate, and how fast they arrived. Pure.
 */
#ifndef NEREID_MEDIAD_RTC_PROBE_H
#define NEREID_MEDIAD_RTC_PROBE_H

#include <stdbool.h>
#include <stdint.h>

/** A burst that shall find out whether the line carries more. */
struct bandwidth_probe {
    uint16_t id;    /* never 0 */
    int64_t bps;    /* send it as fast as this */
    uint32_t bytes; /* so much of it at least, */
    uint8_t n;      /* in so many packets at least */
};

enum probe_result {
    PROBE_NONE,    /* nothing new */
    PROBE_PASSED,  /* as fast as it was sent, or nearly */
    PROBE_LIMITED, /* the line made it slower */
};

enum {
    PROBE_SPARE_PERCENT = 5, /* by so much what is measured lies below what came through */
    PROBE_SLOT_US = 1000,
    PROBE_SLOTS = 64, /* much longer than one takes */
};

/** Zeroed: ready. */
struct prober {
    struct bandwidth_probe asked; /* the last one; id 0: none yet */
    bool is_open;                 /* it waits for its result */
    int64_t asked_us;
    int64_t next_us;       /* no other one before */
    int64_t wait_us;       /* after one that failed */
    int64_t raised_us;     /* when one raised the estimate by much; 0: it is known how that went */
    int64_t misled_us;     /* the wait after one that did so wrongly; 0: the last was right */
    int64_t not_before_us; /* until then, whatever there are signs of */
    uint32_t sent_bytes[PROBE_SLOTS]; /* by everybody since, for each millisecond */
    /* what was reported of it */
    unsigned n;
    uint32_t bytes;
    uint32_t last_bytes; /* of the one that was sent last */
    int64_t sent_first_us, sent_last_us;
    unsigned n_lost;
    unsigned n_vain; /* probes in a row of which nothing can be said, as hardly any of it came */
    /* what arrived of it */
    uint32_t arrived_bytes;
    uint32_t first_bytes;                      /* of the one that arrived first */
    int64_t span_from_us, span_to_us;          /* when the first and the last of those were sent */
    int64_t arrival_first_us, arrival_last_us; /* on our clock, without the way */
};

/** May one be sent at this time? @return true: *out is what to send at once */
bool prober_ask(struct prober *p, int64_t bps, int64_t now_us, struct bandwidth_probe *out);
/** Anything was sent, probes too: what goes between a probe's packets shares the line with them. */
void prober_sent(struct prober *p, uint32_t bytes, int64_t now_us);
/** A packet of one was lost, or arrived. @param arrival_us on our clock */
void prober_lost(struct prober *p, uint16_t id, uint16_t bytes, int64_t sent_us);
void prober_arrived(struct prober *p, uint16_t id, uint16_t bytes, int64_t sent_us,
                    int64_t arrival_us);
/** After the packets of one report. @param bps what was measured, unless PROBE_NONE */
enum probe_result prober_update(struct prober *p, int64_t now_us, int64_t *bps);
/** The last one raised the estimate by much. */
void prober_raised(struct prober *p, int64_t now_us);
/** Does the receiver seem to drop them? Firefox does so with retransmissions of a video that it was
 * never sent. */
bool prober_is_vain(const struct prober *p);
/** There are signs that the line carries more: the next one soon. */
void prober_hurry(struct prober *p);
/** The line is full: the next one not before a while. @param is_new less than before is carried */
void prober_hold(struct prober *p, bool is_new, int64_t now_us);

#endif
