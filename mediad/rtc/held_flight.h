/*
 * DTLS datagrams that an address which proved nothing may not have yet (RFC 9000 section 8.1 has
 * the same limit): they wait until more has come from there. In order, a few of them.
 */
#ifndef NEREID_MEDIAD_RTC_HELD_FLIGHT_H
#define NEREID_MEDIAD_RTC_HELD_FLIGHT_H

#include "common/span.h"

/** More than the longest flight of ours. */
#define HELD_FLIGHT_MAX 8

struct held_datagram;

/** Zeroed: empty. */
struct held_flight {
    struct held_datagram *datagrams[HELD_FLIGHT_MAX];
    unsigned n;
};

/** Copies; dropped when full or out of memory, since DTLS repeats what is lost. */
void held_flight_add(struct held_flight *h, struct span datagram);
/** @param h not empty @return the oldest, valid until it is dropped */
struct span held_flight_first(const struct held_flight *h);
void held_flight_drop_first(struct held_flight *h);
void held_flight_release(struct held_flight *h);

#endif
