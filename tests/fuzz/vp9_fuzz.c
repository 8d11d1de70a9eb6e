/* VP9 in RTP: the keyframe test and what forwarding learns agree, and read no byte too far. */
#include <stdlib.h>

#include "mediad/rtc/payload_vp9.h"

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
    struct vp9_descriptor d;

    if (vp9_descriptor_parse(&d, payload) == 0)
        check(d.size > 0 && d.size < size);
    else
        check(vp9_keyframe(payload) == KEYFRAME_UNKNOWN);
    check(payload_parse(CODEC_VP9, payload, false, &info) <= 0);
    check(info.keyframe == (size > 0 ? vp9_keyframe(payload) : KEYFRAME_UNKNOWN));
    check(info.keyframe != KEYFRAME_YES || info.is_picture_start);
    return 0;
}
