/* AV1 in RTP: the keyframe test and what forwarding learns agree, and read no byte too far. */
#include <stdlib.h>

#include "mediad/rtc/payload_av1.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
    if (!good)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span payload = span_of(data, size);
    struct payload_info info;

    check(payload_parse(CODEC_AV1, payload, false, &info) <= 0);
    check(info.keyframe == (size > 0 ? av1_keyframe(payload) : KEYFRAME_UNKNOWN));
    check(info.keyframe != KEYFRAME_YES || info.is_picture_start);
    return 0;
}
