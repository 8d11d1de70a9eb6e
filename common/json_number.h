/*
 * Private to common/json_*.c: integers that json-c cannot hold as they were written. Its integers
 * are int64, and its -0 is 0; its doubles remember their text. So such an integer is given to
 * json-c as a double ("e0" behind it), and the double then gets the text of the integer.
 */
#ifndef NEREID_COMMON_JSON_NUMBER_H
#define NEREID_COMMON_JSON_NUMBER_H

#include <json-c/json.h>
#include <stdbool.h>

#include "common/buf.h"
#include "common/error.h"
#include "common/span.h"

/** True when an int64 holds the integer (a token of RFC 8259 without fraction and exponent) and
 * writes it again with the same bytes: it is in range, and not -0. */
bool json_integer_is_exact(struct span token);

/** Append a checked text in which every integer that is not exact has "e0" behind it. */
void json_text_integers_to_doubles(struct buf *out, struct span text);

/** Let a double that json_text_integers_to_doubles() made be written as the integer it was; leaves
 * any other value alone. @return 0 or ERR_NO_MEMORY */
int json_double_to_integer_text(struct json_object *value) MUST_USE;

#endif
