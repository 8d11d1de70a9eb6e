/* VP8 in RTP: the descriptor stays inside the payload, and rewriting ids changes nothing else. */
#include <stdlib.h>
#include <string.h>

#include "mediad/rtc/payload_vp8.h"
#include "payload_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span payload = span_of(data, size);
    struct vp8_descriptor d, again;
    uint8_t *copy;

    payload_check(CODEC_VP8, payload, vp8_keyframe);
    if (vp8_descriptor_parse(&d, payload) < 0) {
        check(vp8_keyframe(payload) == KEYFRAME_UNKNOWN);
        return 0;
    }
    check(d.size > 0 && d.size < size);
    copy = malloc(size);
    if (!copy)
        return 0;
    memcpy(copy, data, size);
    vp8_set_picture_id(copy, &d, 0x2a5f);
    vp8_set_tl0picidx(copy, &d, 0x77);
    check(vp8_descriptor_parse(&again, span_of(copy, size)) == 0);
    check(again.size == d.size && again.picture_id_bits == d.picture_id_bits);
    check(d.picture_id_bits != 7 || again.picture_id == 0x5f);
    check(d.picture_id_bits != 15 || again.picture_id == 0x2a5f);
    check(again.tid == d.tid && again.keyidx == d.keyidx && again.is_start == d.is_start);
    check(memcmp(copy + d.size, data + d.size, size - d.size) == 0);
    free(copy);
    return 0;
}
