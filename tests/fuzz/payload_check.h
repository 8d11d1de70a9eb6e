/* A codec in RTP: its keyframe test and what forwarding learns of a payload agree. */
#ifndef NEREID_TESTS_FUZZ_PAYLOAD_CHECK_H
#define NEREID_TESTS_FUZZ_PAYLOAD_CHECK_H

#include "check.h"
#include "mediad/rtc/payload.h"

static inline void payload_check(enum codec codec, struct span payload,
                                 enum keyframe_test (*keyframe)(struct span payload))
{
    struct payload_info info;

    check(payload_parse(codec, payload, false, &info) <= 0);
    check(info.keyframe == (payload.len > 0 ? keyframe(payload) : KEYFRAME_UNKNOWN));
    check(info.keyframe != KEYFRAME_YES || info.is_picture_start);
}

#endif
