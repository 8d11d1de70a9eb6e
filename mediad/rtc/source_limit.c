#include "mediad/rtc/source_limit.h"

#include "common/now.h"

bool source_limit_is_over(const struct source_limit *l, const struct net_address *source,
                          int64_t now_us)
{
    uint32_t network = net_address_network_hash(source);
    const struct source_limit_cell *cell = &l->cells[network % SOURCE_LIMIT_CELLS];

    return cell->network == network && cell->second == (uint32_t)(now_us / US_PER_S) &&
           cell->count >= SOURCE_LIMIT_PER_S;
}

void source_limit_count(struct source_limit *l, const struct net_address *source, int64_t now_us)
{
    uint32_t network = net_address_network_hash(source);
    uint32_t second = (uint32_t)(now_us / US_PER_S);
    struct source_limit_cell *cell = &l->cells[network % SOURCE_LIMIT_CELLS];

    /* another network's cell is taken over: it starts again at nothing */
    if (cell->network != network || cell->second != second)
        *cell = (struct source_limit_cell){.network = network, .second = second};
    cell->count++;
}
