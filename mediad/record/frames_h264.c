/*
 * H.264 (RFC 6184) in packetization modes 0 and 1. In a file each NAL unit follows its length, in
 * four bytes (ISO/IEC 14496-15 section 5.3.4.2.1); the first parameter sets become the extradata,
 * and later ones stay in the stream.
 */
#include "mediad/record/frames_h264.h"

#include "common/base64.h"
#include "common/reader.h"
#include "mediad/record/h264_sps.h"

enum {
    NAL_IDR = 5,
    NAL_SPS = 7,
    NAL_PPS = 8,
    NAL_DELIMITER = 9,
    NAL_FILLER = 12,
    NAL_SINGLE_MAX = 23,
    NAL_STAP_A = 24,
    NAL_FU_A = 28,
    FU_START = 0x80,
    FU_END = 0x40,
    LENGTH_SIZE = 4,
};

static int keep(struct buf *set, struct span nal)
{
    buf_clear(set);
    buf_add_span(set, nal);
    return buf_check(set);
}

/* A unit is whole. */
static int note_unit(struct frames *f, struct span nal)
{
    struct h264_sps sps;
    int r;

    switch (nal.data[0] & 0x1f) {
    case NAL_IDR:
        f->open.is_key = true;
        return 0;
    case NAL_SPS:
        r = h264_sps_parse(&sps, nal);
        if (r < 0)
            return r;
        f->open.width = sps.width;
        f->open.height = sps.height;
        return keep(&f->sps, nal);
    case NAL_PPS:
        return keep(&f->pps, nal);
    default:
        f->has_frame = true;
        return 0;
    }
}

static int add_length(struct frames *f, size_t len)
{
    const uint8_t bytes[LENGTH_SIZE] = {(uint8_t)(len >> 24), (uint8_t)(len >> 16),
                                        (uint8_t)(len >> 8), (uint8_t)len};

    return frames_add_bytes(f, span_of(bytes, sizeof bytes));
}

static int add_unit(struct frames *f, struct span nal)
{
    unsigned type;
    int r;

    if (nal.len == 0 || (nal.data[0] & 0x80))
        return ERR_SYNTAX;
    type = nal.data[0] & 0x1f;
    if (type == NAL_DELIMITER || type == NAL_FILLER)
        return 0;
    r = add_length(f, nal.len);
    if (r == 0)
        r = frames_add_bytes(f, nal);
    return r < 0 ? r : note_unit(f, nal);
}

static int add_aggregate(struct frames *f, struct reader *r)
{
    while (reader_left(r) > 0) {
        struct span nal = reader_span(r, reader_u16(r));
        int result = r->bad ? ERR_TRUNCATED : add_unit(f, nal);

        if (result < 0)
            return result;
    }
    return 0;
}

/* The unit's length is known at its end. */
static int end_fragments(struct frames *f)
{
    uint8_t *start = (uint8_t *)f->bytes.data + f->part_at;
    size_t len = f->bytes.len - f->part_at - LENGTH_SIZE;

    f->has_part = false;
    for (unsigned i = 0; i < LENGTH_SIZE; i++)
        start[i] = (uint8_t)(len >> (8 * (LENGTH_SIZE - 1 - i)));
    return note_unit(f, span_of(start + LENGTH_SIZE, len));
}

static int add_fragment(struct frames *f, uint8_t indicator, struct reader *r)
{
    uint8_t header = reader_u8(r);
    struct span part = reader_span(r, reader_left(r));
    uint8_t first = (uint8_t)((indicator & 0xe0) | (header & 0x1f));
    int result = 0;

    if (r->bad || part.len == 0)
        return ERR_TRUNCATED;
    if (!(header & FU_START) != f->has_part)
        return ERR_SYNTAX;
    if (header & FU_START) {
        f->has_part = true;
        f->part_at = f->bytes.len;
        result = add_length(f, 0);
        if (result == 0)
            result = frames_add_bytes(f, span_of(&first, 1));
    }
    if (result == 0)
        result = frames_add_bytes(f, part);
    return result == 0 && (header & FU_END) ? end_fragments(f) : result;
}

static int add(struct frames *f, struct span payload, bool is_first)
{
    struct reader r = reader_init(payload);
    uint8_t first = reader_u8(&r);
    unsigned type = first & 0x1f;

    (void)is_first;
    if (f->has_part && type != NAL_FU_A)
        return ERR_SYNTAX;
    switch (type) {
    case NAL_STAP_A:
        return add_aggregate(f, &r);
    case NAL_FU_A:
        return add_fragment(f, first, &r);
    default:
        return type > 0 && type <= NAL_SINGLE_MAX ? add_unit(f, payload) : ERR_SYNTAX;
    }
}

static int finish(struct frames *f, struct whole_frame *out)
{
    struct h264_sps sps;

    if (!out->is_key)
        return f->has_frame ? 0 : FRAMES_NOTHING; /* parameter sets alone */
    if (f->sps.len == 0 || f->pps.len == 0 || h264_sps_parse(&sps, buf_span(&f->sps)) < 0)
        return ERR_SYNTAX;
    out->width = sps.width;
    out->height = sps.height;
    buf_clear(&f->extradata);
    return h264_avcc(&f->extradata, buf_span(&f->sps), buf_span(&f->pps));
}

const struct frame_format frames_h264 = {add, finish};

void frames_h264_sets(struct frames *f, struct span fmtp)
{
    struct span sets, set;

    if (!codec_fmtp_value(fmtp, "sprop-parameter-sets", &sets))
        return;
    while (span_split(&sets, ',', &set)) {
        struct buf nal = {0};

        if (base64_decode(&nal, set) == 0 && nal.len > 0) {
            unsigned type = (uint8_t)nal.data[0] & 0x1f;

            if (type == NAL_SPS || type == NAL_PPS)
                (void)!keep(type == NAL_SPS ? &f->sps : &f->pps, buf_span(&nal));
        }
        buf_release(&nal);
    }
}
