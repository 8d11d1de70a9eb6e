#include "mediad/rtc/source_limit.h"

#include <string.h>

#include "common/now.h"

void source_limit_init(struct source_limit *l, uint32_t per_s)
{
    memset(l, 0, sizeof *l);
    l->per_s = per_s;
}

bool source_limit_is_over(const struct source_limit *l, uint32_t source, int64_t now_us)
{
    const struct source_limit_cell *cell = &l->cells[source % SOURCE_LIMIT_CELLS];

    return cell->source == source && cell->second == (uint32_t)(now_us / US_PER_S) &&
           cell->count >= l->per_s;
}

void source_limit_count(struct source_limit *l, uint32_t source, int64_t now_us)
{
    uint32_t second = (uint32_t)(now_us / US_PER_S);
    struct source_limit_cell *cell = &l->cells[source % SOURCE_LIMIT_CELLS];

    /* another source's cell is taken over: it starts again at nothing */
    if (cell->source != source || cell->second != second)
        *cell = (struct source_limit_cell){.source = source, .second = second};
    cell->count++;
}
