#include "mediad/record/vp9_header.h"

#include "common/bit_reader.h"

enum { SYNC_CODE = 0x498342, SRGB = 7, TILE_MIN_COLUMNS = 4, TILE_MAX_COLUMNS = 64 };

/* What is read on the way. */
struct parse {
    struct bit_reader r;
    struct vp9_header *h;
    const struct vp9_references *references;
    unsigned profile;
    bool is_resilient;
    bool is_intra_only;
    bool bad;
};

static void read_sync_code(struct parse *p)
{
    if (bit_reader_bits(&p->r, 24) != SYNC_CODE)
        p->bad = true;
}

static void read_colors(struct parse *p)
{
    if (p->profile >= 2)
        bit_reader_skip(&p->r, 1); /* 10 or 12 bits */
    if (bit_reader_bits(&p->r, 3) != SRGB)
        bit_reader_skip(&p->r, p->profile & 1 ? 4 : 1);
    else if (p->profile & 1)
        bit_reader_skip(&p->r, 1);
}

static void read_frame_size(struct parse *p)
{
    p->h->size.width = bit_reader_bits(&p->r, 16) + 1;
    p->h->size.height = bit_reader_bits(&p->r, 16) + 1;
}

static void read_render_size(struct parse *p)
{
    if (bit_reader_flag(&p->r))
        bit_reader_skip(&p->r, 32);
}

static void read_references(struct parse *p)
{
    unsigned numbers[3];
    bool is_found = false;

    for (unsigned i = 0; i < 3; i++) {
        numbers[i] = bit_reader_bits(&p->r, 3);
        bit_reader_skip(&p->r, 1); /* sign bias */
    }
    for (unsigned i = 0; i < 3 && !is_found; i++) {
        is_found = bit_reader_flag(&p->r);
        if (is_found)
            p->h->size = p->references->sizes[numbers[i]];
    }
    if (!is_found)
        read_frame_size(p);
    if (p->h->size.width == 0)
        p->bad = true;
    read_render_size(p);
    bit_reader_skip(&p->r, 1); /* high precision of motion vectors */
    if (!bit_reader_flag(&p->r))
        bit_reader_skip(&p->r, 2); /* interpolation filter */
}

/* What keyframes, and the others, begin with. */
static void read_kind(struct parse *p)
{
    if (p->h->is_key) {
        read_sync_code(p);
        read_colors(p);
        read_frame_size(p);
        read_render_size(p);
        p->h->refreshes = 0xff;
        return;
    }
    p->is_intra_only = !p->h->is_shown && bit_reader_flag(&p->r);
    if (!p->is_resilient)
        bit_reader_skip(&p->r, 2); /* reset of contexts */
    if (!p->is_intra_only) {
        p->h->refreshes = (uint8_t)bit_reader_bits(&p->r, 8);
        read_references(p);
        return;
    }
    read_sync_code(p);
    if (p->profile > 0)
        read_colors(p);
    p->h->refreshes = (uint8_t)bit_reader_bits(&p->r, 8);
    read_frame_size(p);
    read_render_size(p);
}

static void skip_if_flag(struct parse *p, size_t bits)
{
    if (bit_reader_flag(&p->r))
        bit_reader_skip(&p->r, bits);
}

static void read_loop_filter(struct parse *p)
{
    bit_reader_skip(&p->r, 9); /* level, sharpness */
    if (bit_reader_flag(&p->r) && bit_reader_flag(&p->r)) {
        for (unsigned i = 0; i < 6; i++)
            skip_if_flag(p, 7);
    }
}

static void read_quantization(struct parse *p)
{
    bit_reader_skip(&p->r, 8);
    for (unsigned i = 0; i < 3; i++)
        skip_if_flag(p, 5);
}

static void read_segment_features(struct parse *p)
{
    static const uint8_t bits[] = {8 + 1, 6 + 1, 2, 0}; /* with signs */

    bit_reader_skip(&p->r, 1); /* absolute values */
    for (unsigned segment = 0; segment < 8; segment++) {
        for (unsigned i = 0; i < 4; i++)
            skip_if_flag(p, bits[i]);
    }
}

static void read_segmentation(struct parse *p)
{
    if (!bit_reader_flag(&p->r))
        return;
    if (bit_reader_flag(&p->r)) { /* the map is updated */
        for (unsigned i = 0; i < 7; i++)
            skip_if_flag(p, 8);
        if (bit_reader_flag(&p->r)) { /* in time */
            for (unsigned i = 0; i < 3; i++)
                skip_if_flag(p, 8);
        }
    }
    if (bit_reader_flag(&p->r))
        read_segment_features(p);
}

static void read_tiles(struct parse *p)
{
    unsigned columns = (p->h->size.width + 63) / 64, least = 0, most = 1;

    while ((unsigned)TILE_MAX_COLUMNS << least < columns)
        least++;
    while (columns >> most >= TILE_MIN_COLUMNS)
        most++;
    for (most--; least < most && bit_reader_flag(&p->r); least++)
        ;
    skip_if_flag(p, 1); /* rows */
}

static void read_rest(struct parse *p)
{
    if (!p->is_resilient)
        bit_reader_skip(&p->r, 2); /* refreshes its context, decodes in parallel */
    bit_reader_skip(&p->r, 2);     /* number of the context */
    read_loop_filter(p);
    read_quantization(p);
    read_segmentation(p);
    read_tiles(p);
    if (bit_reader_bits(&p->r, 16) == 0) /* size of the compressed header */
        p->bad = true;
    p->h->header_bits = p->r.at;
}

int vp9_header_parse(struct vp9_header *out, struct span frame,
                     const struct vp9_references *references)
{
    struct vp9_header h = {0};
    struct parse p = {.r = bit_reader_init(frame), .h = &h, .references = references};

    if (bit_reader_bits(&p.r, 2) != 2)
        return ERR_SYNTAX;
    p.profile = bit_reader_bits(&p.r, 1);
    p.profile |= bit_reader_bits(&p.r, 1) << 1;
    if (p.profile == 3)
        bit_reader_skip(&p.r, 1);
    h.is_repeat = bit_reader_flag(&p.r);
    if (h.is_repeat) {
        *out = h;
        return p.r.bad ? ERR_TRUNCATED : 0;
    }
    h.is_key = !bit_reader_flag(&p.r);
    h.shown_at = p.r.at;
    h.is_shown = bit_reader_flag(&p.r);
    p.is_resilient = bit_reader_flag(&p.r);
    h.intra_at = p.r.at;
    read_kind(&p);
    read_rest(&p);
    if (p.r.bad)
        return ERR_TRUNCATED;
    if (p.bad)
        return ERR_SYNTAX;
    *out = h;
    return 0;
}

void vp9_header_apply(const struct vp9_header *h, struct vp9_references *references)
{
    for (unsigned i = 0; i < VP9_REFERENCES; i++) {
        if (h->refreshes & 1u << i)
            references->sizes[i] = h->size;
    }
}

static unsigned bit_at(struct span bytes, size_t at)
{
    return bytes.data[at / 8] >> (7 - at % 8) & 1;
}

int vp9_header_hide(struct buf *out, struct span frame, const struct vp9_header *h)
{
    size_t inserted = h->is_key ? 0 : 1; /* "not intra only", which shown frames do not say */
    size_t bits = h->header_bits + inserted, bytes = (bits + 7) / 8;
    struct span rest = span_sub(frame, (h->header_bits + 7) / 8, frame.len);
    uint8_t *header;

    if (!h->is_shown) {
        buf_add_span(out, frame);
        return buf_check(out);
    }
    header = (uint8_t *)buf_reserve(out, bytes);
    if (!header)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < bytes; i++)
        header[i] = 0;
    for (size_t i = 0; i < bits; i++) {
        bool is_new = i == h->shown_at || (inserted && i == h->intra_at);
        size_t from = inserted && i > h->intra_at ? i - 1 : i;

        if (!is_new && bit_at(frame, from))
            header[i / 8] |= (uint8_t)(0x80 >> i % 8);
    }
    out->len += bytes;
    buf_add_span(out, rest);
    return buf_check(out);
}
