#include "mediad/rtc/payload_vp8.h"

#include <string.h>

#include "common/reader.h"

/* RFC 7741 section 4.2: X R N S R PID, then what X announces: I L T K. */
int vp8_descriptor_parse(struct vp8_descriptor *out, struct span payload)
{
    struct reader r = reader_init(payload);
    struct vp8_descriptor d = {0};
    uint8_t first = reader_u8(&r);
    uint8_t present = first & 0x80 ? reader_u8(&r) : 0;

    d.is_non_reference = first & 0x20;
    d.is_start = first & 0x10;
    d.partition = first & 0x07;
    if (present & 0x80) {
        d.picture_id_at = (uint8_t)(payload.len - reader_left(&r));
        d.picture_id = reader_u8(&r);
        d.picture_id_bits = 7;
        if (d.picture_id & 0x80) {
            d.picture_id = (uint16_t)((d.picture_id & 0x7f) << 8 | reader_u8(&r));
            d.picture_id_bits = 15;
        }
    }
    if (present & 0x40) {
        d.has_tl0picidx = true;
        d.tl0picidx_at = (uint8_t)(payload.len - reader_left(&r));
        d.tl0picidx = reader_u8(&r);
    }
    if (present & 0x30) {
        uint8_t layers = reader_u8(&r);

        if (present & 0x20) {
            d.has_tid = true;
            d.tid = layers >> 6;
            d.is_layer_sync = layers & 0x20;
        }
        if (present & 0x10) {
            d.has_keyidx = true;
            d.keyidx = layers & 0x1f;
        }
    }
    if (r.bad || reader_left(&r) == 0)
        return ERR_TRUNCATED;
    d.size = (uint8_t)(payload.len - reader_left(&r));
    *out = d;
    return 0;
}

enum keyframe_test vp8_keyframe(struct span payload)
{
    struct vp8_descriptor d;

    if (vp8_descriptor_parse(&d, payload) < 0)
        return KEYFRAME_UNKNOWN;
    if (!d.is_start || d.partition != 0)
        return KEYFRAME_NO;
    return payload.data[d.size] & 0x01 ? KEYFRAME_NO : KEYFRAME_YES;
}

uint16_t vp8_height(struct span payload, const struct vp8_descriptor *d)
{
    static const uint8_t start_code[] = {0x9d, 0x01, 0x2a};
    struct span frame = span_sub(payload, d->size, payload.len - d->size);

    if (frame.len < 10 || memcmp(frame.data + 3, start_code, sizeof start_code) != 0)
        return 0;
    return (uint16_t)(frame.data[8] | (frame.data[9] & 0x3f) << 8);
}

void vp8_set_picture_id(uint8_t *payload, const struct vp8_descriptor *d, uint16_t picture_id)
{
    if (d->picture_id_bits == 7) {
        payload[d->picture_id_at] = picture_id & 0x7f;
    } else if (d->picture_id_bits == 15) {
        payload[d->picture_id_at] = (uint8_t)(0x80 | (picture_id >> 8 & 0x7f));
        payload[d->picture_id_at + 1] = (uint8_t)picture_id;
    }
}

void vp8_set_tl0picidx(uint8_t *payload, const struct vp8_descriptor *d, uint8_t tl0picidx)
{
    if (d->has_tl0picidx)
        payload[d->tl0picidx_at] = tl0picidx;
}
