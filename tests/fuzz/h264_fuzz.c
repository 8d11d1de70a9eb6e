/* H.264 in RTP: the keyframe test reads no byte too far. */
#include "mediad/rtc/payload_h264.h"
#include "payload_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    payload_check(CODEC_H264, span_of(data, size), h264_keyframe);
    return 0;
}
