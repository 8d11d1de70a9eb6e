/*
 * VP9 (RFC 9628). A picture of several spatial layers becomes a superframe (VP9 bitstream
 * specification, annex B) of which only the highest layer is shown: some players would show each
 * layer as a picture of its own.
 */
#include "mediad/record/frames.h"
#include "mediad/rtc/payload_vp9.h"

static int add(struct frames *f, struct span payload, bool is_first)
{
    struct vp9_descriptor d;
    int r = vp9_descriptor_parse(&d, payload);

    if (r < 0)
        return r;
    if (d.is_start == f->has_part || (is_first && !d.is_start))
        return ERR_SYNTAX;
    f->has_part = !d.is_end;
    r = frames_add_bytes(f, span_sub(payload, d.size, payload.len - d.size));
    if (r < 0 || !d.is_end)
        return r;
    if (f->n_layers == FRAMES_LAYERS_MAX)
        return ERR_SYNTAX;
    f->layer_ends[f->n_layers++] = f->bytes.len;
    return 0;
}

static struct span layer_of(const struct frames *f, unsigned i)
{
    size_t start = i > 0 ? f->layer_ends[i - 1] : 0;

    return span_sub(buf_span(&f->bytes), start, f->layer_ends[i] - start);
}

/* Appends what says how long each layer is. */
static void add_index(struct buf *out, const size_t *sizes, unsigned n)
{
    const uint8_t marker = (uint8_t)(0xc0 | (4 - 1) << 3 | (n - 1));

    buf_add_char(out, (char)marker);
    for (unsigned i = 0; i < n; i++) {
        for (unsigned shift = 0; shift < 32; shift += 8)
            buf_add_char(out, (char)(sizes[i] >> shift & 0xff));
    }
    buf_add_char(out, (char)marker);
}

/* Rewrites the picture so that only its last layer is shown. */
static int join_layers(struct frames *f, const struct vp9_header headers[])
{
    size_t sizes[FRAMES_LAYERS_MAX], start = 0;
    struct buf joined;
    int r = 0;

    buf_clear(&f->scratch);
    for (unsigned i = 0; i < f->n_layers && r == 0; i++) {
        if (i + 1 < f->n_layers && !headers[i].is_repeat) {
            r = vp9_header_hide(&f->scratch, layer_of(f, i), &headers[i]);
        } else {
            buf_add_span(&f->scratch, layer_of(f, i));
            r = buf_check(&f->scratch);
        }
        sizes[i] = f->scratch.len - start;
        start = f->scratch.len;
    }
    add_index(&f->scratch, sizes, f->n_layers);
    if (r < 0 || buf_check(&f->scratch) < 0) {
        buf_release(&f->scratch);
        return ERR_NO_MEMORY;
    }
    joined = f->bytes;
    f->bytes = f->scratch;
    f->scratch = joined;
    return 0;
}

static int finish(struct frames *f, struct whole_frame *out)
{
    struct vp9_header headers[FRAMES_LAYERS_MAX];

    if (f->n_layers == 0)
        return ERR_TRUNCATED;
    for (unsigned i = 0; i < f->n_layers; i++) {
        int r = vp9_header_parse(&headers[i], layer_of(f, i), &f->references);

        if (r < 0)
            return r;
        vp9_header_apply(&headers[i], &f->references);
    }
    out->is_key = headers[0].is_key && !headers[0].is_repeat;
    if (headers[f->n_layers - 1].size.width <= UINT16_MAX &&
        headers[f->n_layers - 1].size.height <= UINT16_MAX) {
        out->width = (uint16_t)headers[f->n_layers - 1].size.width;
        out->height = (uint16_t)headers[f->n_layers - 1].size.height;
    }
    if (out->is_key && out->width == 0)
        return ERR_SYNTAX;
    return f->n_layers > 1 ? join_layers(f, headers) : 0;
}

const struct frame_format frames_vp9 = {add, finish};
