/*
 * Transport-wide feedback (RTPFB, FMT 15): which packets of a transport arrived, and when
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1). Bytes in, values out; never
 * allocates.
 */
#ifndef NEREID_MEDIAD_RTC_TRANSPORT_FEEDBACK_H
#define NEREID_MEDIAD_RTC_TRANSPORT_FEEDBACK_H

#include "mediad/rtc/rtcp.h"

/** One message, checked; borrows from the packet. */
struct transport_feedback {
    uint16_t base;           /* the first number it speaks of */
    uint16_t n;              /* how many */
    uint32_t reference_64ms; /* 24 bits of the receiver's clock */
    struct span chunks;
    struct span deltas;
};

/** @param items of a packet of kind RTCP_TRANSPORT_CC
 * @return 0; ERR_TRUNCATED, ERR_SYNTAX: nothing of it counts */
int transport_feedback_read(struct transport_feedback *out, struct span items) MUST_USE;

/** The receiver's clock over messages, whose reference comes round every twelve days. Zeroed: no
 * message yet. */
struct transport_feedback_clock {
    bool is_known;
    int64_t reference_64ms;
};

/** Walks over the numbers of a message. */
struct transport_feedback_walk {
    struct reader chunks, deltas;
    uint16_t next;
    uint16_t left;
    uint16_t run;     /* symbols left in the chunk */
    uint32_t symbols; /* of the chunk, the next one highest */
    uint8_t width;    /* bits of one; 0: the same again and again */
    int64_t arrival_us;
};

struct transport_feedback_walk transport_feedback_walk(const struct transport_feedback *f,
                                                       struct transport_feedback_clock *clock);
/** @param arrival_us set when it arrived, on the receiver's clock @return false: the end */
bool transport_feedback_next(struct transport_feedback_walk *w, uint16_t *number, bool *has_arrived,
                             int64_t *arrival_us);

#endif
