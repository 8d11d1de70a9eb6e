#include "mediad/record/h264_sps.h"

#include "common/bit_reader.h"

enum { SPS_MAX = 512, SPS_MIN = 5 };

/* Without the bytes that keep start codes out (section 7.4.1). @return its length */
static size_t unescape(uint8_t out[SPS_MAX], struct span nal)
{
    size_t len = 0;
    unsigned zeros = 0;

    for (size_t i = 0; i < nal.len && len < SPS_MAX; i++) {
        if (zeros >= 2 && nal.data[i] == 3) {
            zeros = 0;
            continue;
        }
        zeros = nal.data[i] == 0 ? zeros + 1 : 0;
        out[len++] = nal.data[i];
    }
    return len;
}

/* se(v), whose value is of no use here, or counts. */
static int32_t signed_golomb(struct bit_reader *r)
{
    uint32_t code = bit_reader_golomb(r);

    return code & 1 ? (int32_t)(code / 2 + 1) : -(int32_t)(code / 2);
}

static void skip_scaling_list(struct bit_reader *r, unsigned n)
{
    int last = 8, next = 8;

    for (unsigned i = 0; i < n && !r->bad; i++) {
        if (next != 0)
            next = (last + signed_golomb(r) % 256 + 256) % 256;
        last = next == 0 ? last : next;
    }
}

static bool has_formats(unsigned profile)
{
    switch (profile) {
    case 100:
    case 110:
    case 122:
    case 244:
    case 44:
    case 83:
    case 86:
    case 118:
    case 128:
    case 138:
    case 139:
    case 134:
    case 135:
        return true;
    default:
        return false;
    }
}

static void read_formats(struct bit_reader *r, struct h264_sps *s, bool *has_planes)
{
    s->chroma_format = (uint8_t)bit_reader_golomb(r);
    *has_planes = s->chroma_format == 3 && bit_reader_flag(r);
    s->luma_depth = (uint8_t)bit_reader_golomb(r);
    s->chroma_depth = (uint8_t)bit_reader_golomb(r);
    bit_reader_skip(r, 1); /* bypass */
    if (!bit_reader_flag(r))
        return;
    for (unsigned i = 0; i < (s->chroma_format == 3 ? 12u : 8u); i++) {
        if (bit_reader_flag(r))
            skip_scaling_list(r, i < 6 ? 16 : 64);
    }
}

static void skip_order_counts(struct bit_reader *r)
{
    uint32_t type = bit_reader_golomb(r), n;

    if (type == 0)
        (void)bit_reader_golomb(r);
    if (type != 1)
        return;
    bit_reader_skip(r, 1);
    (void)bit_reader_golomb(r);
    (void)bit_reader_golomb(r);
    n = bit_reader_golomb(r);
    for (uint32_t i = 0; i < n && i < 256 && !r->bad; i++)
        (void)bit_reader_golomb(r);
}

/* Sections 7.4.2.1.1 and 6.2: macroblocks, less what is cropped in units of chroma samples. */
static int read_size(struct bit_reader *r, struct h264_sps *s, bool has_planes)
{
    uint32_t columns = bit_reader_golomb(r), rows = bit_reader_golomb(r);
    unsigned fields = bit_reader_flag(r) ? 1 : 2;
    unsigned chroma = has_planes ? 0 : s->chroma_format;
    unsigned unit_x = chroma == 1 || chroma == 2 ? 2 : 1;
    unsigned unit_y = (chroma == 1 ? 2 : 1) * fields;
    uint32_t crop[4] = {0}; /* left, right, top, bottom */
    int64_t width, height;

    if (fields == 2)
        bit_reader_skip(r, 1);
    bit_reader_skip(r, 1);
    if (bit_reader_flag(r)) {
        for (unsigned i = 0; i < 4; i++)
            crop[i] = bit_reader_golomb(r);
    }
    if (r->bad)
        return ERR_TRUNCATED;
    width = ((int64_t)columns + 1) * 16 - ((int64_t)crop[0] + crop[1]) * unit_x;
    height = ((int64_t)rows + 1) * 16 * fields - ((int64_t)crop[2] + crop[3]) * unit_y;
    if (width <= 0 || width > UINT16_MAX || height <= 0 || height > UINT16_MAX)
        return ERR_SYNTAX;
    s->width = (uint16_t)width;
    s->height = (uint16_t)height;
    return 0;
}

int h264_sps_parse(struct h264_sps *out, struct span nal)
{
    uint8_t bytes[SPS_MAX];
    struct bit_reader r = bit_reader_init(span_of(bytes, unescape(bytes, nal)));
    struct h264_sps s = {.chroma_format = 1};
    bool has_planes = false;
    int result;

    bit_reader_skip(&r, 8);
    s.profile = (uint8_t)bit_reader_bits(&r, 8);
    s.constraints = (uint8_t)bit_reader_bits(&r, 8);
    s.level = (uint8_t)bit_reader_bits(&r, 8);
    (void)bit_reader_golomb(&r); /* its number */
    if (has_formats(s.profile))
        read_formats(&r, &s, &has_planes);
    (void)bit_reader_golomb(&r); /* bits of frame numbers */
    skip_order_counts(&r);
    (void)bit_reader_golomb(&r); /* reference frames */
    bit_reader_skip(&r, 1);
    result = read_size(&r, &s, has_planes);
    if (result == 0)
        *out = s;
    return result;
}

static void add_unit(struct buf *out, struct span nal)
{
    buf_add_char(out, (char)(nal.len >> 8));
    buf_add_char(out, (char)nal.len);
    buf_add_span(out, nal);
}

int h264_avcc(struct buf *out, struct span sps, struct span pps)
{
    struct h264_sps s;

    if (sps.len < SPS_MIN || sps.len > UINT16_MAX || pps.len > UINT16_MAX ||
        h264_sps_parse(&s, sps) < 0)
        return ERR_SYNTAX;
    buf_add_char(out, 1);
    buf_add_span(out, span_sub(sps, 1, 3)); /* profile, constraints, level */
    buf_add_char(out, (char)0xff);          /* lengths of four bytes */
    buf_add_char(out, (char)0xe1);          /* one SPS */
    add_unit(out, sps);
    buf_add_char(out, 1);
    add_unit(out, pps);
    if (has_formats(s.profile)) {
        buf_add_char(out, (char)(0xfc | s.chroma_format));
        buf_add_char(out, (char)(0xf8 | s.luma_depth));
        buf_add_char(out, (char)(0xf8 | s.chroma_depth));
        buf_add_char(out, 0);
    }
    return buf_check(out);
}
