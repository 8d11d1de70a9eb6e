/*
 * What a publisher's packets need for transport-wide feedback (RTPFB, FMT 15): notes which numbers
 * arrived when, and writes that down (draft-holmer-rmcat-transport-wide-cc-extensions-01
 * section 3.1). transport_feedback.h reads what this writes. Pure; never allocates.
 */
#ifndef NEREID_MEDIAD_RTC_FEEDBACK_RECORDER_H
#define NEREID_MEDIAD_RTC_FEEDBACK_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/writer.h"

/** Numbers that are remembered: packets of 100 ms at 80 Mbit/s. A power of two. */
#define FEEDBACK_RECORDER_SIZE 1024

/** Zeroed: nothing came. */
struct feedback_recorder {
    uint32_t arrivals[FEEDBACK_RECORDER_SIZE]; /* ring by number: 250 µs modulo 2^32; 0: missing */
    bool is_started;
    bool has_news;
    bool has_stray;
    uint16_t base;  /* the first number of the next message */
    uint16_t end;   /* behind the highest that came */
    uint16_t stray; /* far from all others; a second one near it begins a new numbering */
    uint8_t n_messages;
};

/** A packet with this number came. The first arrival of a number counts. One that comes late is in
 * the next message, with all behind it once more. */
void feedback_recorder_note(struct feedback_recorder *r, uint16_t number, int64_t arrival_us);

/**
 * Append one RTCP packet about what came since the last one. More than one is needed when it does
 * not fit, or when arrivals lie over eight seconds apart: call it again with another writer.
 * @param sender our own SSRC
 * @param media  one of the publisher's: clients take feedback for those that they know
 * @return false: nothing to say, nothing was written
 */
bool feedback_recorder_write(struct feedback_recorder *r, struct writer *w, uint32_t sender,
                             uint32_t media);

#endif
