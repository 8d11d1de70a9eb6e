/*
 * Reads big-endian numbers and runs of bytes from a span. Past the end it gives 0 and remembers,
 * so that a parser is straight lines and one question at the end: `if (r->bad) return
 * ERR_TRUNCATED;`
 */
#ifndef NEREID_COMMON_READER_H
#define NEREID_COMMON_READER_H

#include "common/span.h"

struct reader {
    const uint8_t *at;
    const uint8_t *end;
    bool bad; /* something was read past the end */
};

struct reader reader_init(struct span s);
size_t reader_left(const struct reader *r);
uint8_t reader_u8(struct reader *r);
uint16_t reader_u16(struct reader *r);
uint32_t reader_u24(struct reader *r);
uint32_t reader_u32(struct reader *r);
uint64_t reader_u64(struct reader *r);
/** The next `len` bytes, borrowed; the empty span (and bad) when there are fewer. */
struct span reader_span(struct reader *r, size_t len);
void reader_skip(struct reader *r, size_t len);

#endif
