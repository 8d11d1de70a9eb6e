/*
 * Hexadecimal (RFC 4648 section 8): written in lower case, read in either.
 */
#ifndef NEREID_COMMON_HEX_H
#define NEREID_COMMON_HEX_H

#include "common/buf.h"

/** Room for the text of `len` bytes and its NUL. */
#define HEX_SIZE(len) (2 * (len) + 1)

/** What a digit of either case means. @return 0 to 15, or -1 for another character */
int hex_digit(uint8_t c);

/** Write `len` bytes as text. @param out room for HEX_SIZE(len) @return out */
char *hex_format(char *out, const uint8_t *data, size_t len);

/** Append the text of `len` bytes. */
void hex_add(struct buf *out, const uint8_t *data, size_t len);

/**
 * Read hexadecimal.
 * @param out what it held is lost, also on failure
 * @return number of bytes, or -1 for odd length, another character, or more than `size` bytes
 */
int hex_decode(const char *text, uint8_t *out, size_t size);

#endif
