/*
 * Numbers of as many bytes as they need, seven bits in each, the lowest first: leb128() of the AV1
 * specification, section 4.10.5.
 */
#ifndef NEREID_COMMON_LEB128_H
#define NEREID_COMMON_LEB128_H

#include "common/reader.h"

enum { LEB128_MAX = 5 }; /* bytes of 32 bits */

/** At most 8 bytes; a number over 32 bits comes out as UINT32_MAX, as nothing is that long. */
uint32_t leb128_read(struct reader *r);

/** @return bytes written, at most LEB128_MAX */
size_t leb128_write(uint8_t *out, uint32_t value);

#endif
