#include "common/reader.h"

struct reader reader_init(struct span s)
{
    return (struct reader){s.data, s.data ? s.data + s.len : NULL, false};
}

size_t reader_left(const struct reader *r)
{
    return (size_t)(r->end - r->at);
}

struct span reader_span(struct reader *r, size_t len)
{
    struct span s;

    if (r->bad || len > reader_left(r)) {
        r->bad = true;
        r->at = r->end;
        return span_of(NULL, 0);
    }
    s = span_of(r->at, len);
    if (len > 0)
        r->at += len;
    return s;
}

static uint64_t reader_number(struct reader *r, size_t len)
{
    struct span s = reader_span(r, len);
    uint64_t value = 0;

    for (size_t i = 0; i < s.len; i++)
        value = value << 8 | s.data[i];
    return value;
}

uint8_t reader_u8(struct reader *r)
{
    return (uint8_t)reader_number(r, 1);
}

uint16_t reader_u16(struct reader *r)
{
    return (uint16_t)reader_number(r, 2);
}

uint32_t reader_u24(struct reader *r)
{
    return (uint32_t)reader_number(r, 3);
}

uint32_t reader_u32(struct reader *r)
{
    return (uint32_t)reader_number(r, 4);
}

uint64_t reader_u64(struct reader *r)
{
    return reader_number(r, 8);
}

void reader_skip(struct reader *r, size_t len)
{
    reader_span(r, len);
}
