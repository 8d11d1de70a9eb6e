/* VP8 (RFC 7741, RFC 6386 section 9.1): a frame's bytes are its packets' without descriptors. */
#include "mediad/record/frames.h"
#include "mediad/rtc/payload_vp8.h"

#include <string.h>

static int add(struct frames *f, struct span payload, bool is_first)
{
    struct vp8_descriptor d;
    int r = vp8_descriptor_parse(&d, payload);

    if (r < 0)
        return r;
    if (is_first != (d.is_start && d.partition == 0))
        return ERR_SYNTAX;
    return frames_add_bytes(f, span_sub(payload, d.size, payload.len - d.size));
}

static int finish(struct frames *f, struct whole_frame *out)
{
    static const uint8_t start_code[] = {0x9d, 0x01, 0x2a};
    const uint8_t *b = (const uint8_t *)f->bytes.data;
    size_t len = f->bytes.len, head;
    uint32_t tag;

    if (len < 3)
        return ERR_TRUNCATED;
    tag = (uint32_t)(b[0] | b[1] << 8 | b[2] << 16);
    out->is_key = !(tag & 1);
    head = out->is_key ? 10 : 3;
    if (len < head || len - head < tag >> 5) /* the first partition's size */
        return ERR_TRUNCATED;
    if (!out->is_key)
        return 0;
    if (memcmp(b + 3, start_code, sizeof start_code) != 0)
        return ERR_SYNTAX;
    out->width = (uint16_t)(b[6] | (b[7] & 0x3f) << 8);
    out->height = (uint16_t)(b[8] | (b[9] & 0x3f) << 8);
    return out->width > 0 && out->height > 0 ? 0 : ERR_SYNTAX;
}

const struct frame_format frames_vp8 = {add, finish};
