/*
 * How often something may come from one source in a second: a small fixed table; pure. Unproven
 * STUN is counted by networks. Each worker counts for itself.
 */
#ifndef NEREID_MEDIAD_RTC_SOURCE_LIMIT_H
#define NEREID_MEDIAD_RTC_SOURCE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#define SOURCE_LIMIT_STUN_PER_S 1000
#define SOURCE_LIMIT_CELLS 1024

struct source_limit {
    uint32_t per_s;
    struct source_limit_cell {
        uint32_t source;
        uint32_t second;
        uint32_t count;
    } cells[SOURCE_LIMIT_CELLS];
};

void source_limit_init(struct source_limit *l, uint32_t per_s);
/** Has this source used up the present second?
 * @param source net_address_network_hash() */
bool source_limit_is_over(const struct source_limit *l, uint32_t source, int64_t now_us);
/** One more of it. */
void source_limit_count(struct source_limit *l, uint32_t source, int64_t now_us);

#endif
