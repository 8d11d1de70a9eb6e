#include "mediad/rtc/transport_feedback.h"

#define REFERENCE_US 64000
#define DELTA_US 250

enum symbol { SYMBOL_MISSING, SYMBOL_SMALL, SYMBOL_LARGE, SYMBOL_RESERVED };

/* Take the next chunk: a run of one symbol, or a vector of 14 small or 7 large ones. */
static void open_chunk(struct transport_feedback_walk *w)
{
    uint16_t chunk = reader_u16(&w->chunks);

    if (!(chunk & 0x8000)) {
        w->width = 0;
        w->symbols = chunk >> 13 & 3;
        w->run = chunk & 0x1fff;
    } else {
        w->width = chunk & 0x4000 ? 2 : 1;
        w->run = w->width == 2 ? 7 : 14;
        w->symbols = chunk & 0x3fff;
    }
}

static enum symbol next_symbol(struct transport_feedback_walk *w)
{
    uint32_t symbol;

    while (w->run == 0 && !w->chunks.bad)
        open_chunk(w);
    if (w->chunks.bad)
        return SYMBOL_MISSING;
    w->run--;
    if (w->width == 0)
        return (enum symbol)w->symbols;
    symbol = w->symbols >> (14 - w->width);
    w->symbols = w->symbols << w->width & 0x3fff;
    return (enum symbol)symbol;
}

static struct transport_feedback_walk start(const struct transport_feedback *f)
{
    return (struct transport_feedback_walk){.chunks = reader_init(f->chunks),
                                            .deltas = reader_init(f->deltas),
                                            .next = f->base,
                                            .left = f->n};
}

int transport_feedback_read(struct transport_feedback *out, struct span items)
{
    struct reader r = reader_init(items);
    struct transport_feedback f = {.base = reader_u16(&r), .n = reader_u16(&r)};
    struct transport_feedback_walk w;
    size_t n_delta_bytes = 0;

    f.reference_64ms = reader_u24(&r);
    (void)reader_u8(&r); /* which message it is */
    if (r.bad)
        return ERR_TRUNCATED;
    f.chunks = reader_span(&r, reader_left(&r));
    w = start(&f);
    for (unsigned i = 0; i < f.n; i++) {
        enum symbol symbol = next_symbol(&w);

        if (symbol == SYMBOL_RESERVED)
            return ERR_SYNTAX;
        n_delta_bytes += symbol; /* as many as the symbol's number */
        if (w.chunks.bad)
            return ERR_TRUNCATED;
    }
    f.deltas = reader_span(&w.chunks, reader_left(&w.chunks));
    f.chunks.len -= f.deltas.len;
    if (f.deltas.len < n_delta_bytes)
        return ERR_TRUNCATED;
    *out = f;
    return 0;
}

/* The reference nearest to the last one. */
static int64_t unwrap(struct transport_feedback_clock *c, uint32_t reference)
{
    int32_t step = (int32_t)((reference - (uint32_t)c->reference_64ms) << 8) >> 8;

    c->reference_64ms = c->is_known ? c->reference_64ms + step : (int64_t)reference;
    c->is_known = true;
    return c->reference_64ms;
}

struct transport_feedback_walk transport_feedback_walk(const struct transport_feedback *f,
                                                       struct transport_feedback_clock *clock)
{
    struct transport_feedback_walk w = start(f);

    w.arrival_us = unwrap(clock, f->reference_64ms) * REFERENCE_US;
    return w;
}

bool transport_feedback_next(struct transport_feedback_walk *w, uint16_t *number, bool *has_arrived,
                             int64_t *arrival_us)
{
    enum symbol symbol;

    if (w->left == 0)
        return false;
    w->left--;
    *number = w->next++;
    symbol = next_symbol(w);
    if (symbol == SYMBOL_SMALL)
        w->arrival_us += reader_u8(&w->deltas) * DELTA_US;
    else if (symbol == SYMBOL_LARGE)
        w->arrival_us += (int16_t)reader_u16(&w->deltas) * DELTA_US;
    *has_arrived = symbol != SYMBOL_MISSING;
    *arrival_us = w->arrival_us;
    return true;
}
