/*
 * The only door for JSON from outside: a strict scanner (RFC 8259) that checks limits and knows
 * line and column, in front of json-c, whose own strict mode lets too much through
 * (SEC-29). Finding and changing one member of a text:
 * json_edit.h.
 */
#ifndef NEREID_COMMON_JSON_SCAN_H
#define NEREID_COMMON_JSON_SCAN_H

#include <json-c/json.h>

#include "common/buf.h"
#include "common/error.h"
#include "common/span.h"

struct json_limits {
    size_t size_max;       /* bytes of the whole text */
    unsigned depth_max;    /* arrays and objects inside one another */
    size_t values_max;     /* values of any kind, containers included */
    size_t string_max;     /* bytes of one string, as written */
    bool allow_duplicates; /* last member of a name wins */
    bool allow_trailing;   /* whatever follows the first value is ignored */
    bool allow_surrogates; /* an unpaired \uD800..\uDFFF becomes U+FFFD */
    bool keep_integers;    /* integers outside int64 are doubles that are written as they came, and
                              so is -0, which as an integer would lose its sign */
};

/** Files, forms and the API: 1 MiB, depth 32, 100,000 values, 64 KiB strings, nothing lenient. */
extern const struct json_limits json_limits_file;

/** One WebSocket message: 1 MiB, depth 32, 4,096 values, 64 KiB strings (sdp and value included),
 * duplicates, trailing text and unpaired surrogates allowed (SIG-1), integers
 * kept: what clients say to each other passes through. */
extern const struct json_limits json_limits_message;

/**
 * Check a text and parse it.
 * @param out  returned owned (json_object_put); for the text `null` it is NULL and the result is 0
 * @param text UTF-8; need not be terminated
 * @param e    place "line L column C" (both from 1, column in bytes)
 * @return 0, ERR_SYNTAX, ERR_TOO_LARGE or ERR_NO_MEMORY. Numbers: integers outside int64 are
 *         ERR_SYNTAX unless written with fraction or exponent, or kept; NaN, Infinity and what is
 *         larger than a double never parse. A member name with a NUL is ERR_SYNTAX, since json-c
 * cannot hold it; in values a NUL survives.
 */
int json_scan_parse(struct json_object **out, struct span text, const struct json_limits *limits,
                    struct error *e) MUST_USE;

/** As json_scan_parse(), without making the value and without looking for duplicate members. */
int json_scan_check(struct span text, const struct json_limits *limits, struct error *e) MUST_USE;

/**
 * Parse a file that a person wrote, as Galene reads it: of a member given twice the last counts,
 * and what follows the value is ignored. The rest is as strict as under json_limits_file.
 * @param unclean code 0 when the text is clean; else ERR_SYNTAX with place and text of the first
 * such thing, although the text was read
 * @return as json_scan_parse()
 */
int json_scan_parse_file(struct json_object **out, struct span text, struct error *unclean,
                         struct error *e) MUST_USE;

/** Append a JSON string literal with quotes; the bytes must be UTF-8. Escapes as RFC 8259 section 7
 * demands and '/' after '<', so that the text may stand in a script element. */
void json_add_string(struct buf *out, struct span s);

#endif
