#include "common/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_release(struct buf *b)
{
    free(b->data);
    *b = (struct buf){0};
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->bad = false;
    if (b->data)
        b->data[0] = 0;
}

void buf_wipe(struct buf *b)
{
    if (b->data)
        explicit_bzero(b->data, b->size);
    buf_release(b);
}

char *buf_reserve(struct buf *b, size_t len)
{
    size_t want = b->len + len + 1;

    if (b->bad)
        return NULL;
    if (want < len) {
        b->bad = true;
        return NULL;
    }
    if (want > b->size) {
        size_t size = b->size ? b->size : 64;
        char *data;

        while (size < want)
            size = size > SIZE_MAX / 2 ? want : size * 2;
        data = realloc(b->data, size);
        if (!data) {
            b->bad = true;
            return NULL;
        }
        b->data = data;
        b->size = size;
        b->data[b->len] = 0;
    }
    return b->data + b->len;
}

void buf_add(struct buf *b, const void *data, size_t len)
{
    char *room = buf_reserve(b, len);

    if (!room)
        return;
    if (len > 0)
        memcpy(room, data, len);
    b->len += len;
    b->data[b->len] = 0;
}

void buf_add_span(struct buf *b, struct span s)
{
    buf_add(b, s.data, s.len);
}

void buf_add_str(struct buf *b, const char *text)
{
    buf_add(b, text, strlen(text));
}

void buf_add_char(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    int len;
    char *room;

    va_start(ap, fmt);
    len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (len < 0) {
        b->bad = true;
        return;
    }
    room = buf_reserve(b, (size_t)len);
    if (!room)
        return;
    va_start(ap, fmt);
    vsnprintf(room, (size_t)len + 1, fmt, ap);
    va_end(ap);
    b->len += (size_t)len;
}

struct span buf_span(const struct buf *b)
{
    return span_of(b->data, b->len);
}

const char *buf_str(const struct buf *b)
{
    return b->data ? b->data : "";
}

int buf_check(const struct buf *b)
{
    return b->bad ? ERR_NO_MEMORY : 0;
}
