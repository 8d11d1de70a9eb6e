/*
 * AV1 (AOM "RTP Payload Format for AV1", section 4). In a file each OBU has its size, and there are
 * no temporal delimiters ("AV1 in Matroska"). The sequence header becomes the extradata.
 */
#include "mediad/record/frames.h"

#include "common/leb128.h"
#include "mediad/record/av1_sequence.h"

enum {
    OBU_SEQUENCE_HEADER = 1,
    OBU_TEMPORAL_DELIMITER = 2,
    OBU_FRAME_HEADER = 3,
    OBU_FRAME = 6,
    OBU_TILE_LIST = 8,
    OBU_PADDING = 15,
    HAS_EXTENSION = 0x04,
    HAS_SIZE = 0x02,
};

static int add_sized(struct frames *f, struct span head, struct span body)
{
    uint8_t bytes[2 + LEB128_MAX];
    size_t len = 0;
    int r;

    for (; len < head.len; len++)
        bytes[len] = head.data[len];
    bytes[0] |= HAS_SIZE;
    len += leb128_write(bytes + len, (uint32_t)body.len);
    r = frames_add_bytes(f, span_of(bytes, len));
    return r < 0 ? r : frames_add_bytes(f, body);
}

static int note_sequence(struct frames *f, struct span body, size_t start)
{
    struct av1_sequence sequence;
    int r = av1_sequence_parse(&sequence, body);

    if (r < 0)
        return r;
    f->has_sequence = true;
    f->open.width = sequence.width;
    f->open.height = sequence.height;
    buf_clear(&f->extradata);
    buf_add_span(&f->extradata, span_sub(buf_span(&f->bytes), start, f->bytes.len));
    return buf_check(&f->extradata);
}

/* A whole OBU: with its size, unless it is of no use in a file. */
static int add_obu(struct frames *f, struct span obu)
{
    struct reader r = reader_init(obu);
    uint8_t first = reader_u8(&r);
    unsigned type = first >> 3 & 0x0f;
    size_t head_len = first & HAS_EXTENSION ? 2 : 1, start = f->bytes.len;
    struct span body;
    int result;

    if (first & HAS_EXTENSION)
        reader_skip(&r, 1);
    body = reader_span(&r, first & HAS_SIZE ? leb128_read(&r) : reader_left(&r));
    if (r.bad || (first & 0x80))
        return ERR_SYNTAX;
    if (type == OBU_TEMPORAL_DELIMITER || type == OBU_TILE_LIST || type == OBU_PADDING)
        return 0;
    if ((type == OBU_FRAME_HEADER || type == OBU_FRAME) && !f->has_frame) {
        f->has_frame = true;
        /* show_existing_frame, then two bits of its type: KEY_FRAME is 0 */
        f->open.is_key = f->has_sequence && body.len > 0 && body.data[0] >> 5 == 0;
    }
    result = add_sized(f, span_sub(obu, 0, head_len), body);
    if (result == 0 && type == OBU_SEQUENCE_HEADER)
        result = note_sequence(f, body, start);
    return result;
}

/* One element; the first may go on with the OBU of the packet before, the last may go on. */
static int add_element(struct frames *f, struct span element, bool continues, bool goes_on)
{
    int r = 0;

    if (continues != f->has_part)
        return ERR_SYNTAX;
    if (!continues && !goes_on)
        return element.len > 0 ? add_obu(f, element) : ERR_SYNTAX;
    if (!continues)
        buf_clear(&f->scratch);
    if (f->scratch.len + element.len > FRAME_MAX_BYTES)
        return ERR_TOO_LARGE;
    buf_add_span(&f->scratch, element);
    r = buf_check(&f->scratch);
    if (r < 0) {
        buf_release(&f->scratch);
        return r;
    }
    f->has_part = goes_on;
    return goes_on ? 0 : add_obu(f, buf_span(&f->scratch));
}

static int add(struct frames *f, struct span payload, bool is_first)
{
    struct reader r = reader_init(payload);
    uint8_t aggregation = reader_u8(&r);
    unsigned count = aggregation >> 4 & 0x03;

    if (is_first && (aggregation & 0x80))
        return ERR_SYNTAX;
    for (unsigned i = 0; reader_left(&r) > 0 && (count == 0 || i < count); i++) {
        size_t len = i + 1 == count ? reader_left(&r) : leb128_read(&r);
        struct span element = reader_span(&r, len);
        bool is_last = count > 0 ? i + 1 == count : reader_left(&r) == 0;
        int result;

        if (r.bad)
            return ERR_TRUNCATED;
        result = add_element(f, element, i == 0 && (aggregation & 0x80),
                             is_last && (aggregation & 0x40));
        if (result < 0)
            return result;
    }
    return r.bad ? ERR_TRUNCATED : 0;
}

static int finish(struct frames *f, struct whole_frame *out)
{
    (void)out;
    return f->has_frame ? 0 : ERR_TRUNCATED;
}

const struct frame_format frames_av1 = {add, finish};
