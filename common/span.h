/*
 * A borrowed run of bytes: text or binary, never NUL-terminated by promise.
 */
#ifndef NEREID_COMMON_SPAN_H
#define NEREID_COMMON_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Borrowed; `data` may be NULL only when `len` is 0. */
struct span {
    const uint8_t *data;
    size_t len;
};

/** The bytes of a C string without its NUL; NULL gives the empty span. */
struct span span_str(const char *text);

static inline struct span span_of(const void *data, size_t len)
{
    return (struct span){data, len};
}

/** Bytes from `start`, at most `len`; clipped to the span, never out of bounds. */
struct span span_sub(struct span s, size_t start, size_t len);

bool span_eq(struct span a, struct span b);
bool span_eq_str(struct span a, const char *b);
/** ASCII case ignored. */
bool span_eq_nocase(struct span a, struct span b);
bool span_starts_with(struct span s, const char *prefix);

/** Index of the first `byte` at or after `from`, or s.len. */
size_t span_index(struct span s, uint8_t byte, size_t from);

/** Take what comes before the first `separator` off the front of `*rest` (all of it when there is
 * none; then *rest becomes empty with data NULL). @return false when *rest was exhausted before */
bool span_split(struct span *rest, uint8_t separator, struct span *piece);

/** Without ASCII spaces and tabs at both ends. */
struct span span_trim(struct span s);

/** Strict decimal number, digits only, no sign, no overflow. @return false leaves *out alone */
bool span_u64(struct span s, uint64_t *out);

/** New NUL-terminated copy, or NULL when out of memory or when the span holds a NUL. Owned. */
char *span_dup(struct span s);

/** Copy into a fixed buffer and terminate. @return false when it does not fit or holds a NUL */
bool span_copy(struct span s, char *buf, size_t size);

/** Bytes (1..4) of the printable character at the start of `s`; 0 when its first byte belongs to no
 * UTF-8 or to a control character: C0, DEL, or C1, which some terminals obey as they do escapes. */
size_t span_printable_next(struct span s);

/** Outside text for a message: control characters and bytes that are not UTF-8 come out as \xNN;
 * what does not fit is cut and ends in "...". @param size at least 4  @return buf */
const char *span_printable(struct span s, char *buf, size_t size);

/** Well-formed UTF-8 (RFC 3629), NUL allowed. */
bool span_is_utf8(struct span s);

/** Length without a UTF-8 sequence at the end that a cut left incomplete. */
size_t span_whole_len(struct span s);

/** Bytes of the well-formed UTF-8 sequence at the start of `s` (1..4), 0 when there is none.
 * @param code_point may be NULL; untouched on 0 */
size_t span_utf8_next(struct span s, uint32_t *code_point);

#endif
