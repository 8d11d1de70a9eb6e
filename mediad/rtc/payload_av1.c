#include "mediad/rtc/payload_av1.h"

#include "common/leb128.h"

enum { OBU_SEQUENCE_HEADER = 1, OBU_FRAME_HEADER = 3, OBU_FRAME = 6 };

/* The i-th OBU element; with a count in the aggregation header the last one has no length. */
static struct span next_element(struct reader *r, unsigned i, unsigned count)
{
    size_t len = count > 0 && i + 1 == count ? reader_left(r) : leb128_read(r);

    return reader_span(r, len);
}

/* What follows an OBU's header. */
static struct span obu_body(struct span obu)
{
    struct reader r = reader_init(obu);
    uint8_t head = reader_u8(&r);

    if (head & 0x04)
        reader_skip(&r, 1); /* layer ids */
    if (head & 0x02)
        (void)leb128_read(&r); /* its size: not expected in RTP, but allowed */
    return reader_span(&r, reader_left(&r));
}

enum keyframe_test av1_keyframe(struct span payload)
{
    struct reader r = reader_init(payload);
    uint8_t aggregation = reader_u8(&r);
    unsigned count = aggregation >> 4 & 0x03;

    if (r.bad || reader_left(&r) == 0)
        return KEYFRAME_UNKNOWN;
    if ((aggregation & 0x80) || !(aggregation & 0x08))
        return KEYFRAME_NO; /* goes on from the packet before, or starts no sequence */
    for (unsigned i = 0; reader_left(&r) > 0 && (count == 0 || i < count); i++) {
        struct span obu = next_element(&r, i, count);
        unsigned type;

        if (r.bad || obu.len == 0 || (obu.data[0] & 0x80))
            return KEYFRAME_UNKNOWN;
        type = obu.data[0] >> 3 & 0x0f;
        if (i == 0 && type != OBU_SEQUENCE_HEADER)
            return KEYFRAME_NO;
        if (type == OBU_FRAME_HEADER || type == OBU_FRAME) {
            struct span body = obu_body(obu);

            if (body.len == 0)
                return KEYFRAME_UNKNOWN;
            /* show_existing_frame, then two bits of frame type: KEY_FRAME is 0 */
            return body.data[0] >> 5 == 0 ? KEYFRAME_YES : KEYFRAME_NO;
        }
    }
    return KEYFRAME_YES;
}
