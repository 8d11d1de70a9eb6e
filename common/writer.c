#include "common/writer.h"

#include <string.h>

struct writer writer_init(void *data, size_t size)
{
    return (struct writer){data, size, 0, false};
}

static void writer_number(struct writer *w, uint64_t value, size_t len)
{
    if (w->bad || len > w->size - w->len) {
        w->bad = true;
        return;
    }
    for (size_t i = 0; i < len; i++)
        w->data[w->len + i] = (uint8_t)(value >> (8 * (len - 1 - i)));
    w->len += len;
}

void writer_u8(struct writer *w, uint8_t value)
{
    writer_number(w, value, 1);
}

void writer_u16(struct writer *w, uint16_t value)
{
    writer_number(w, value, 2);
}

void writer_u24(struct writer *w, uint32_t value)
{
    writer_number(w, value, 3);
}

void writer_u32(struct writer *w, uint32_t value)
{
    writer_number(w, value, 4);
}

void writer_u64(struct writer *w, uint64_t value)
{
    writer_number(w, value, 8);
}

void writer_span(struct writer *w, struct span s)
{
    if (w->bad || s.len > w->size - w->len) {
        w->bad = true;
        return;
    }
    if (s.len > 0)
        memcpy(w->data + w->len, s.data, s.len);
    w->len += s.len;
}

void writer_patch_u16(struct writer *w, size_t at, uint16_t value)
{
    if (w->len < 2 || at > w->len - 2) {
        w->bad = true;
        return;
    }
    w->data[at] = (uint8_t)(value >> 8);
    w->data[at + 1] = (uint8_t)value;
}

struct span writer_done(const struct writer *w)
{
    return span_of(w->data, w->len);
}
