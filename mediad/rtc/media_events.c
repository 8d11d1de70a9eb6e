#include "mediad/rtc/media_events.h"

#include "mediad/rtc/allocate.h"

const char *down_allocation_state(const struct down_allocation *a)
{
    if (a->is_paused)
        return "paused";
    return a->reason == ALLOCATE_FULL ? "full" : "reduced";
}

const char *down_allocation_reason(const struct down_allocation *a)
{
    static const char *const words[ALLOCATE_REASONS] = {
        [ALLOCATE_BANDWIDTH] = "bandwidth",
        [ALLOCATE_UNWANTED] = "unwanted",
        [ALLOCATE_SILENT] = "silent",
    };

    return a->reason < ALLOCATE_REASONS ? words[a->reason] : NULL;
}
