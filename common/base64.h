/*
 * base64 with padding (RFC 4648 section 4), as HTTP Basic has it, and what its alphabets share.
 * Strict: no white space, no stray bits in the last character.
 */
#ifndef NEREID_COMMON_BASE64_H
#define NEREID_COMMON_BASE64_H

#include "common/buf.h"

/** Append the bytes that a text means; padding is demanded. @return 0, ERR_SYNTAX, ERR_NO_MEMORY;
 * `out` is untouched on failure */
int base64_decode(struct buf *out, struct span text) MUST_USE;

/** As above without padding, in the alphabet that ends in these two digits (RFC 4648 section 5 has
 * others than section 4). */
int base64_decode_digits(struct buf *out, struct span text, char digit_62, char digit_63) MUST_USE;

#endif
