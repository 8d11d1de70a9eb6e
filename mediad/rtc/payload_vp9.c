#include "mediad/rtc/payload_vp9.h"

#include "common/bit_reader.h"
#include "common/reader.h"

/* RFC 9628 section 4.2.1: scalability structure. */
static void read_structure(struct reader *r, struct vp9_descriptor *d)
{
    uint8_t head = reader_u8(r);
    unsigned n_layers = (head >> 5) + 1u;

    for (unsigned i = 0; (head & 0x10) && i < n_layers; i++) {
        reader_skip(r, 2); /* width */
        d->height = reader_u16(r);
    }
    if (head & 0x08) {
        unsigned n_pictures = reader_u8(r);

        for (unsigned i = 0; i < n_pictures && !r->bad; i++)
            reader_skip(r, (reader_u8(r) >> 2) & 0x03);
    }
}

static void read_layers(struct reader *r, struct vp9_descriptor *d)
{
    uint8_t layers = reader_u8(r);

    d->has_layers = true;
    d->tid = layers >> 5;
    d->is_switch_point = layers & 0x10;
    d->sid = (layers >> 1) & 0x07;
    d->is_inter_layer = layers & 0x01;
    if (!d->is_flexible)
        reader_skip(r, 1); /* TL0PICIDX */
}

int vp9_descriptor_parse(struct vp9_descriptor *out, struct span payload)
{
    struct reader r = reader_init(payload);
    struct vp9_descriptor d = {0};
    uint8_t first = reader_u8(&r);

    d.is_inter = first & 0x40;
    d.is_flexible = first & 0x10;
    d.is_start = first & 0x08;
    d.is_end = first & 0x04;
    d.is_not_reference = first & 0x01;
    if (first & 0x80) {
        d.picture_id = reader_u8(&r);
        d.picture_id_bits = 7;
        if (d.picture_id & 0x80) {
            d.picture_id = (uint16_t)((d.picture_id & 0x7f) << 8 | reader_u8(&r));
            d.picture_id_bits = 15;
        }
    }
    if (first & 0x20)
        read_layers(&r, &d);
    if (d.is_flexible && d.is_inter) {
        unsigned n = 0;

        while (reader_u8(&r) & 0x01) { /* P_DIFF, and whether another follows; at most 3 */
            if (++n == 3)
                return ERR_SYNTAX;
        }
    }
    if (first & 0x02)
        read_structure(&r, &d);
    if (r.bad || reader_left(&r) == 0)
        return ERR_TRUNCATED;
    if (payload.len - reader_left(&r) > UINT8_MAX)
        return ERR_SYNTAX;
    d.size = (uint8_t)(payload.len - reader_left(&r));
    *out = d;
    return 0;
}

enum keyframe_test vp9_keyframe(struct span payload)
{
    struct vp9_descriptor d;
    uint8_t header;
    bool is_profile_3;

    if (vp9_descriptor_parse(&d, payload) < 0)
        return KEYFRAME_UNKNOWN;
    if (!d.is_start || d.sid > 0 || d.is_inter)
        return KEYFRAME_NO;
    header = payload.data[d.size];
    if (header >> 6 != 2)
        return KEYFRAME_UNKNOWN; /* no frame marker: encrypted */
    is_profile_3 = (header & 0x30) == 0x30;
    if (is_profile_3)
        header = (uint8_t)(header << 1); /* a reserved bit comes first */
    if (header & 0x08)
        return KEYFRAME_NO; /* shows an earlier frame again */
    return header & 0x04 ? KEYFRAME_NO : KEYFRAME_YES;
}

enum { VP9_SYNC_CODE = 0x498342, VP9_SRGB = 7 };

uint16_t vp9_height(struct span payload, const struct vp9_descriptor *d)
{
    struct bit_reader r = bit_reader_init(span_sub(payload, d->size, payload.len - d->size));
    unsigned profile;

    bit_reader_skip(&r, 2); /* frame marker */
    profile = bit_reader_flag(&r);
    profile |= bit_reader_bits(&r, 1) << 1;
    if (profile == 3)
        bit_reader_skip(&r, 1);
    bit_reader_skip(&r, 4); /* not shown again, a keyframe, shown, resilient */
    if (bit_reader_bits(&r, 24) != VP9_SYNC_CODE)
        return 0;
    if (profile >= 2)
        bit_reader_skip(&r, 1); /* 10 or 12 bits */
    if (bit_reader_bits(&r, 3) != VP9_SRGB)
        bit_reader_skip(&r, profile & 1 ? 4 : 1); /* range, subsampling */
    else if (profile & 1)
        bit_reader_skip(&r, 1);
    bit_reader_skip(&r, 16); /* width */
    uint32_t height = bit_reader_bits(&r, 16) + 1;

    return r.bad || height > UINT16_MAX ? 0 : (uint16_t)height;
}
