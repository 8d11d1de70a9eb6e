#include "mediad/rtc/payload_h264.h"

#include "common/reader.h"

enum { NAL_SPS = 7, NAL_STAP_A = 24, NAL_STAP_B, NAL_MTAP16, NAL_MTAP24, NAL_FU_A, NAL_FU_B };

/* Aggregation packets (RFC 6184 section 5.7): units of size, `skip` bytes, NAL unit. */
static enum keyframe_test search_units(struct reader *r, size_t skip)
{
    while (reader_left(r) > 0) {
        size_t size = reader_u16(r);
        struct span unit;

        reader_skip(r, skip);
        unit = reader_span(r, size);
        if (r->bad)
            return KEYFRAME_UNKNOWN;
        if (unit.len > 0 && (unit.data[0] & 0x1f) == NAL_SPS)
            return KEYFRAME_YES;
    }
    return KEYFRAME_NO;
}

enum keyframe_test h264_keyframe(struct span payload)
{
    struct reader r = reader_init(payload);
    uint8_t type = reader_u8(&r) & 0x1f;
    uint8_t fragment;

    if (r.bad || type == 0)
        return KEYFRAME_UNKNOWN;
    switch (type) {
    case NAL_STAP_A:
        return search_units(&r, 0);
    case NAL_STAP_B:
        reader_skip(&r, 2); /* decoding order number */
        return search_units(&r, 0);
    case NAL_MTAP16:
        reader_skip(&r, 2);
        return search_units(&r, 3); /* its difference, and the timestamp's offset */
    case NAL_MTAP24:
        reader_skip(&r, 2);
        return search_units(&r, 4);
    case NAL_FU_A:
    case NAL_FU_B:
        fragment = reader_u8(&r);
        if (r.bad)
            return KEYFRAME_UNKNOWN;
        return (fragment & 0x80) && (fragment & 0x1f) == NAL_SPS ? KEYFRAME_YES : KEYFRAME_NO;
    default:
        if (type > NAL_FU_B)
            return KEYFRAME_UNKNOWN;
        return type == NAL_SPS ? KEYFRAME_YES : KEYFRAME_NO;
    }
}
