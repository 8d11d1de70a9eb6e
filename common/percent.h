/*
 * Percent-encoding of URLs (RFC 3986 section 2.1). Escapes are written in upper case.
 */
#ifndef NEREID_COMMON_PERCENT_H
#define NEREID_COMMON_PERCENT_H

#include "common/buf.h"

/**
 * Take the next byte of a percent-encoded text.
 * @param s not empty; moved on behind the byte, or left alone when the escape is bad
 * @return the byte, or -1 for '%' without two hexadecimal digits
 */
int percent_take(struct span *s);

/** Append a text percent-encoded. @param keep what stands for itself besides letters, digits and
 * "-._~" (the unreserved characters) */
void percent_add(struct buf *out, const char *text, const char *keep);

#endif
