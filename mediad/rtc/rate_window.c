#include "mediad/rtc/rate_window.h"

#include <string.h>

#include "common/now.h"

/* A rate over less time is mostly chance. */
#define SPAN_MIN_US (100 * US_PER_MS)

static uint32_t *slot_at(struct rate_window *w, int64_t slot)
{
    return &w->bytes[(uint64_t)slot % RATE_WINDOW_SLOTS];
}

/* A time that lies far ahead or far back starts anew. */
static void advance(struct rate_window *w, int64_t slot)
{
    if (slot - w->newest_slot >= RATE_WINDOW_SLOTS) {
        memset(w->bytes, 0, sizeof w->bytes);
    } else {
        for (int64_t s = w->newest_slot + 1; s <= slot; s++)
            *slot_at(w, s) = 0;
    }
    w->newest_slot = slot;
}

void rate_window_add(struct rate_window *w, uint32_t bytes, int64_t at_us)
{
    int64_t slot = at_us / RATE_WINDOW_SLOT_US;

    if (at_us <= 0)
        return;
    if (w->first_us == 0) {
        w->first_us = at_us;
        w->newest_slot = slot;
    }
    if (slot > w->newest_slot)
        advance(w, slot);
    if (at_us > w->newest_us)
        w->newest_us = at_us;
    if (slot > w->newest_slot - RATE_WINDOW_SLOTS) {
        uint32_t *sum = slot_at(w, slot);

        *sum = *sum + bytes >= bytes ? *sum + bytes : UINT32_MAX;
    }
}

int64_t rate_window_bps(const struct rate_window *w, int64_t window_us, int64_t end_us)
{
    int64_t start_slot = (end_us - window_us) / RATE_WINDOW_SLOT_US;
    int64_t start_us = start_slot * RATE_WINDOW_SLOT_US;
    int64_t last_slot = end_us / RATE_WINDOW_SLOT_US;
    uint64_t bytes = 0;

    if (w->first_us == 0 || end_us - w->first_us < SPAN_MIN_US)
        return -1;
    if (start_us < w->first_us) {
        start_us = w->first_us;
        start_slot = start_us / RATE_WINDOW_SLOT_US;
    }
    if (start_slot <= w->newest_slot - RATE_WINDOW_SLOTS)
        start_slot = w->newest_slot - RATE_WINDOW_SLOTS + 1;
    if (last_slot > w->newest_slot)
        last_slot = w->newest_slot;
    for (int64_t s = start_slot; s <= last_slot; s++)
        bytes += w->bytes[(uint64_t)s % RATE_WINDOW_SLOTS];
    return (int64_t)(bytes * 8 * US_PER_S / (uint64_t)(end_us - start_us));
}
