/*
 * Which checks have been accepted: a transaction id is good for one check from one address, so that
 * a captured one that is sent again says nothing (RFC 8489 sections 5 and 6.3.1). Bounded: it
 * forgets the oldest. Pure.
 */
#ifndef NEREID_MEDIAD_RTC_SEEN_CHECKS_H
#define NEREID_MEDIAD_RTC_SEEN_CHECKS_H

#include "mediad/rtc/binding.h"
#include "mediad/rtc/net_address.h"

/** Browsers send one check in 2.5 s over a path that works: over two minutes. */
#define SEEN_CHECKS_MAX 64

struct seen_check {
    uint8_t id[BINDING_ID_SIZE];
    struct net_address source; /* zeroed: unused */
};

/** Zeroed: nothing was seen. */
struct seen_checks {
    struct seen_check ring[SEEN_CHECKS_MAX];
    unsigned next;
};

enum seen_verdict {
    SEEN_NEVER,
    SEEN_HERE,      /* a retransmission: it gets its answer again, and nothing else */
    SEEN_ELSEWHERE, /* from another address: not the peer's doing */
};

enum seen_verdict seen_checks_find(const struct seen_checks *s, const uint8_t id[BINDING_ID_SIZE],
                                   const struct net_address *source);
void seen_checks_add(struct seen_checks *s, const uint8_t id[BINDING_ID_SIZE],
                     const struct net_address *source);

#endif
