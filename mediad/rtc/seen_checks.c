#include "mediad/rtc/seen_checks.h"

#include <string.h>

enum seen_verdict seen_checks_find(const struct seen_checks *s, const uint8_t id[BINDING_ID_SIZE],
                                   const struct net_address *source)
{
    for (unsigned i = 0; i < SEEN_CHECKS_MAX; i++) {
        const struct seen_check *seen = &s->ring[i];

        if (seen->source.family && memcmp(seen->id, id, BINDING_ID_SIZE) == 0)
            return net_address_eq(&seen->source, source) ? SEEN_HERE : SEEN_ELSEWHERE;
    }
    return SEEN_NEVER;
}

void seen_checks_add(struct seen_checks *s, const uint8_t id[BINDING_ID_SIZE],
                     const struct net_address *source)
{
    struct seen_check *seen = &s->ring[s->next];

    memcpy(seen->id, id, BINDING_ID_SIZE);
    seen->source = *source;
    s->next = (s->next + 1) % SEEN_CHECKS_MAX;
}
