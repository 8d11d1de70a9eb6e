/* VP9 in RTP: the descriptor stays inside the payload. */
#include "mediad/rtc/payload_vp9.h"
#include "payload_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span payload = span_of(data, size);
    struct vp9_descriptor d;

    if (vp9_descriptor_parse(&d, payload) == 0)
        check(d.size > 0 && d.size < size);
    else
        check(vp9_keyframe(payload) == KEYFRAME_UNKNOWN);
    payload_check(CODEC_VP9, payload, vp9_keyframe);
    return 0;
}
