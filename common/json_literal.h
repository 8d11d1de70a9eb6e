/*
 * Private to common/json_*.c: what the string literals of a JSON text mean (RFC 8259, section 7).
 */
#ifndef NEREID_COMMON_JSON_LITERAL_H
#define NEREID_COMMON_JSON_LITERAL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/span.h"

#define JSON_ESCAPE_LEN 6 /* of \uXXXX */
#define JSON_PAIR_LEN (2 * JSON_ESCAPE_LEN)

/** @return the number of the \uXXXX that s starts with, -1 if it does not */
int32_t json_escape_code(struct span s);

/** @return the code point of the two escapes that s starts with, -1 if they are no pair */
int32_t json_escape_pair(struct span s);

/** True when a checked string literal (with its quotes) means `name`. */
bool json_literal_eq(struct span literal, const char *name);

/** Append what a checked string literal (with its quotes) means, as UTF-8. */
void json_literal_decode(struct buf *out, struct span literal);

/** Append a checked text with the characters themselves where it has escaped surrogate pairs. */
void json_text_decode_pairs(struct buf *out, struct span text);

#endif
