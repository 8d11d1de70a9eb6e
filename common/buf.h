/*
 * A growing run of bytes, always followed by a NUL that is not counted, so that text in it can be
 * used as a C string. Zeroed is a valid empty buffer. A failed allocation leaves what was there,
 * sets `bad`, and later appends do nothing: ask once at the end.
 */
#ifndef NEREID_COMMON_BUF_H
#define NEREID_COMMON_BUF_H

#include "common/error.h"
#include "common/span.h"

struct buf {
    char *data; /* NULL while empty */
    size_t len;
    size_t size;
    bool bad; /* an allocation failed */
};

void buf_release(struct buf *b);
/** Forget the contents, keep the memory. */
void buf_clear(struct buf *b);
/** As buf_release(), but the bytes are wiped first: for passwords and keys. */
void buf_wipe(struct buf *b);
void buf_add(struct buf *b, const void *data, size_t len);
void buf_add_span(struct buf *b, struct span s);
void buf_add_str(struct buf *b, const char *text);
void buf_add_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
/** Room for `len` more bytes; the caller writes there and adds to b->len. NULL when out of memory.
 */
char *buf_reserve(struct buf *b, size_t len);
struct span buf_span(const struct buf *b);
/** The text, "" while empty. Borrowed until the next change. */
const char *buf_str(const struct buf *b);
/** 0, or ERR_NO_MEMORY when any append failed. */
int buf_check(const struct buf *b) MUST_USE;

#endif
