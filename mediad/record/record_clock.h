/*
 * When the frames of one track were taken: RTP timestamps to the server's clock, of which all
 * tracks of a file are laid side by side. By the publisher's sender reports (RFC 3550
 * section 6.4.1) where there are any, else by arrival. Once frames were placed, what is learnt
 * later moves the next ones by at most 1 ms a second: nothing jumps, and a clock that drifts is
 * followed. Pure.
 */
#ifndef NEREID_MEDIAD_RECORD_RECORD_CLOCK_H
#define NEREID_MEDIAD_RECORD_RECORD_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "mediad/record/record_queue.h"

/** What a source's last report said. */
struct record_clock_report {
    bool is_known;
    uint32_t rtp_ts;
    int64_t at_us;
};

struct record_clock {
    uint32_t rate; /* Hz of the RTP timestamps */
    struct record_clock_report reports[RECORD_SOURCES];
    uint8_t source;
    bool has_begun;
    uint32_t rtp_ts;   /* of the last frame, which is `ticks` */
    int64_t ticks;     /* unwrapped */
    int64_t offset_us; /* the server's clock minus the ticks' time, as it is used */
    int64_t wanted_us; /* the same as it should be */
    int64_t last_us;   /* what was said last */
    /* lateness of what arrives, to notice that a source's clock stood still or leapt */
    int64_t usual_late_us; /* the least */
    int64_t late_since_us; /* since when it was much more */
    /* before the first frame: the least delayed arrival */
    bool has_arrival;
    uint32_t arrival_rtp_ts;
    int64_t arrival_us;
};

void record_clock_init(struct record_clock *c, uint32_t rate);
/** A source's report: its rtp_ts is at_us of the server's clock. */
void record_clock_report(struct record_clock *c, uint8_t source, uint32_t rtp_ts, int64_t at_us);
/** A frame that waits to be placed has arrived: the earliest of such says most of the clock. */
void record_clock_arrival(struct record_clock *c, uint8_t source, uint32_t rtp_ts, int64_t at_us);
/** Did the source report? */
bool record_clock_is_known(const struct record_clock *c, uint8_t source);
/**
 * Places the next frame. @param arrival_us of its first packet
 * @return microseconds of the server's clock; always later than the frame before
 */
int64_t record_clock_place(struct record_clock *c, uint8_t source, uint32_t rtp_ts,
                           int64_t arrival_us);

#endif
