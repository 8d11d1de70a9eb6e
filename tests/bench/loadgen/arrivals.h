/*
 * When which packet of a connection arrived, by its transport-wide number, and the feedback that
 * says so (draft-holmer-rmcat-transport-wide-cc-extensions-01). Pure: numbers and times in, a
 * message out.
 */
#ifndef NEREID_TESTS_BENCH_LOADGEN_ARRIVALS_H
#define NEREID_TESTS_BENCH_LOADGEN_ARRIVALS_H

#include "common/writer.h"

#define ARRIVALS_URI "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
#define ARRIVALS_RING 2048 /* numbers remembered, a power of two */

/** Zeroed: nothing arrived yet. */
struct arrivals {
    bool is_started;
    uint64_t next;    /* the first number not yet reported, extended */
    uint64_t highest; /* that arrived */
    uint8_t n_messages;
    int64_t at_us[ARRIVALS_RING]; /* 0: did not arrive */
};

void arrivals_add(struct arrivals *a, uint16_t number, int64_t at_us);
/**
 * Write a message of what arrived since the last one. It may hold less than all: what is left comes
 * with the next one.
 * @return false: nothing arrived, nothing was written
 */
bool arrivals_write(struct arrivals *a, struct writer *w, uint32_t sender, uint32_t media);

#endif
