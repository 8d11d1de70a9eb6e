/*
 * How much unproven STUN a network may send us before it is not even checked (spec/media.md 7.2:
 * 1,000 a second per IPv4 /24 or IPv6 /56). A small fixed table; pure.
 */
#ifndef NEREID_MEDIAD_RTC_SOURCE_LIMIT_H
#define NEREID_MEDIAD_RTC_SOURCE_LIMIT_H

#include "mediad/rtc/net_address.h"

#define SOURCE_LIMIT_PER_S 1000
#define SOURCE_LIMIT_CELLS 1024

struct source_limit {
    struct source_limit_cell {
        uint32_t network;
        uint32_t second;
        uint32_t count;
    } cells[SOURCE_LIMIT_CELLS];
};

/** Is this source's network over the limit in the present second? */
bool source_limit_is_over(const struct source_limit *l, const struct net_address *source,
                          int64_t now_us);
/** One more datagram of it proved nothing. */
void source_limit_count(struct source_limit *l, const struct net_address *source, int64_t now_us);

#endif
