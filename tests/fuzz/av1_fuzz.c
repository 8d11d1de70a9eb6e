/* AV1 in RTP: the keyframe test reads no byte too far. */
#include "mediad/rtc/payload_av1.h"
#include "payload_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    payload_check(CODEC_AV1, span_of(data, size), av1_keyframe);
    return 0;
}
