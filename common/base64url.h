/*
 * base64url without padding (RFC 4648 section 5, RFC 7515 appendix C): tokens, JWT, ids.
 * Strict: no white space, no padding, no stray bits in the last character.
 */
#ifndef NEREID_COMMON_BASE64URL_H
#define NEREID_COMMON_BASE64URL_H

#include "common/buf.h"

/** Append the text of some bytes. */
void base64url_add(struct buf *out, struct span bytes);

/** Append the bytes that a text means. @return 0, ERR_SYNTAX, ERR_NO_MEMORY; `out` is untouched on
 * failure */
int base64url_decode(struct buf *out, struct span text) MUST_USE;

#endif
