/*
 * Reads numbers of some bits from a span, the highest bit first. Past the end it gives 0 and
 * remembers, as reader.h does for bytes.
 */
#ifndef NEREID_COMMON_BIT_READER_H
#define NEREID_COMMON_BIT_READER_H

#include "common/span.h"

struct bit_reader {
    struct span bytes;
    size_t at; /* in bits */
    bool bad;  /* something was read past the end */
};

struct bit_reader bit_reader_init(struct span s);
size_t bit_reader_left(const struct bit_reader *r);
/** @param n at most 32 */
uint32_t bit_reader_bits(struct bit_reader *r, unsigned n);
bool bit_reader_flag(struct bit_reader *r);
void bit_reader_skip(struct bit_reader *r, size_t n);
/** A number below `n` in as few bits as it takes: ns(n) of the AV1 specification, section 4.10.7.
 * 0 for n 0 and 1. */
uint32_t bit_reader_below(struct bit_reader *r, uint32_t n);
/** ue(v) of H.264 (ITU-T H.264 section 9.1); bad when it does not fit into 32 bits. */
uint32_t bit_reader_golomb(struct bit_reader *r);

#endif
