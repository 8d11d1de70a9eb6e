/*
 * How much room recordings may take.
 */
#ifndef NEREID_MEDIAD_RECORD_RECORDER_LIMITS_H
#define NEREID_MEDIAD_RECORD_RECORDER_LIMITS_H

#include <stdint.h>

/** data/mediad.json, `recording`. Bytes; 0: no such limit. */
struct recorder_limits {
    int64_t free_floor_bytes;  /* what must stay free on the disk; below 0: 1 GiB, or a hundredth
                                * of a smaller disk */
    int64_t group_quota_bytes; /* of all recordings of one group, but for its subgroups */
    int64_t total_quota_bytes; /* of all recordings */
};

#endif
