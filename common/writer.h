/*
 * Writes big-endian numbers and bytes into a fixed buffer. What does not fit is not written and
 * sets `bad`; ask once at the end. For wire formats on the packet path: never allocates.
 */
#ifndef NEREID_COMMON_WRITER_H
#define NEREID_COMMON_WRITER_H

#include "common/span.h"

struct writer {
    uint8_t *data;
    size_t size;
    size_t len;
    bool bad; /* something did not fit */
};

struct writer writer_init(void *data, size_t size);
void writer_u8(struct writer *w, uint8_t value);
void writer_u16(struct writer *w, uint16_t value);
void writer_u24(struct writer *w, uint32_t value);
void writer_u32(struct writer *w, uint32_t value);
void writer_u64(struct writer *w, uint64_t value);
void writer_span(struct writer *w, struct span s);
/** Overwrite two bytes written earlier; bad when they were not. */
void writer_patch_u16(struct writer *w, size_t at, uint16_t value);
struct span writer_done(const struct writer *w);

#endif
