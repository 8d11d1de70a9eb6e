/*
 * Private to common/json_*.c: a cursor over JSON text that accepts exactly RFC 8259 within limits.
 * It checks and skips; it never allocates and makes no values.
 */
#ifndef NEREID_COMMON_JSON_CURSOR_H
#define NEREID_COMMON_JSON_CURSOR_H

#include "common/json_scan.h"

/** As json_limits_file, with what json_scan_parse_file() lets pass. */
extern const struct json_limits json_limits_lenient;

struct json_cursor {
    struct span text;
    const struct json_limits *limits;
    struct error *e; /* may be NULL */
    size_t at;       /* offset of the next byte */
    unsigned depth;
    size_t n_values;
    size_t n_members; /* of all objects so far */
    bool has_double;  /* a number with fraction or exponent was seen */
    bool has_kept;    /* an integer was seen that an int64 does not hold */
    bool has_pair;    /* an escaped surrogate pair was seen */
};

struct json_cursor json_cursor_init(struct span text, const struct json_limits *limits,
                                    struct error *e);

/** Fill c->e with "line L column C" of an offset. @return code */
int json_cursor_fail(const struct json_cursor *c, int code, size_t at, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/** Line and column of an offset, both from 1, the column in bytes. */
void json_cursor_line(struct span text, size_t at, unsigned *line, unsigned *column);

/** The byte at the cursor, 0 at the end. */
uint8_t json_cursor_peek(const struct json_cursor *c);

void json_cursor_space(struct json_cursor *c);

/** Check and skip the value that starts at the cursor. */
int json_cursor_value(struct json_cursor *c) MUST_USE;

/** Go into the object or array at the cursor: counts it and its depth. */
int json_cursor_enter(struct json_cursor *c) MUST_USE;

/**
 * Step to the next member of the object entered; the cursor then stands on its value.
 * @param key with its quotes; borrowed
 * @return 1, 0 when the object ended (the cursor is behind it), or an error
 */
int json_cursor_member(struct json_cursor *c, bool is_first, struct span *key) MUST_USE;

/** As above for the elements of an array. */
int json_cursor_element(struct json_cursor *c, bool is_first) MUST_USE;

/** The whole text: one value between white space, and nothing behind it unless trailing text is
 * allowed. @param value may be NULL; its bytes */
int json_cursor_document(struct json_cursor *c, struct span *value) MUST_USE;

#endif
