#include "mediad/rtc/media_abilities.h"

uint32_t media_abilities_can(const struct media_abilities *a)
{
    return ((a->offered ? a->offered : UINT32_MAX) | a->accepted) & ~a->refused;
}

void media_abilities_offer(struct media_abilities *a, uint32_t variants)
{
    if (variants)
        a->offered = variants;
}

void media_abilities_answer(struct media_abilities *a, uint32_t variants, bool is_accepted)
{
    if (is_accepted) {
        a->accepted |= variants;
        a->refused &= ~variants;
    } else {
        a->refused |= variants;
        a->accepted &= ~variants;
    }
}
