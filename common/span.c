#include "common/span.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct span span_str(const char *text)
{
    return span_of(text, text ? strlen(text) : 0);
}

struct span span_sub(struct span s, size_t start, size_t len)
{
    if (start >= s.len)
        return span_of(NULL, 0);
    if (len > s.len - start)
        len = s.len - start;
    return span_of(s.data + start, len);
}

bool span_eq(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool span_eq_str(struct span a, const char *b)
{
    return span_eq(a, span_str(b));
}

bool span_eq_nocase(struct span a, struct span b)
{
    return a.len == b.len &&
           (a.len == 0 || strncasecmp((const char *)a.data, (const char *)b.data, a.len) == 0);
}

bool span_starts_with(struct span s, const char *prefix)
{
    size_t len = strlen(prefix);

    return s.len >= len && (len == 0 || memcmp(s.data, prefix, len) == 0);
}

size_t span_index(struct span s, uint8_t byte, size_t from)
{
    const uint8_t *found;

    if (from >= s.len)
        return s.len;
    found = memchr(s.data + from, byte, s.len - from);
    return found ? (size_t)(found - s.data) : s.len;
}

bool span_split(struct span *rest, uint8_t separator, struct span *piece)
{
    size_t at;

    if (!rest->data)
        return false;
    at = span_index(*rest, separator, 0);
    *piece = span_of(rest->data, at);
    if (at == rest->len)
        *rest = span_of(NULL, 0);
    else
        *rest = span_of(rest->data + at + 1, rest->len - at - 1);
    return true;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

struct span span_trim(struct span s)
{
    while (s.len > 0 && is_blank(s.data[0])) {
        s.data++;
        s.len--;
    }
    while (s.len > 0 && is_blank(s.data[s.len - 1]))
        s.len--;
    return s;
}

bool span_u64(struct span s, uint64_t *out)
{
    uint64_t value = 0;

    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        unsigned digit = (unsigned)s.data[i] - '0';

        if (digit > 9 || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

char *span_dup(struct span s)
{
    char *copy;

    if (s.len > 0 && memchr(s.data, 0, s.len))
        return NULL;
    copy = malloc(s.len + 1);
    if (!copy)
        return NULL;
    if (s.len > 0)
        memcpy(copy, s.data, s.len);
    copy[s.len] = 0;
    return copy;
}

bool span_copy(struct span s, char *buf, size_t size)
{
    if (s.len >= size || (s.len > 0 && memchr(s.data, 0, s.len)))
        return false;
    if (s.len > 0)
        memcpy(buf, s.data, s.len);
    buf[s.len] = 0;
    return true;
}

/* RFC 3629 section 4: the second byte's range depends on the first. */
size_t span_utf8_next(struct span s, uint32_t *code_point)
{
    uint8_t low = 0x80;
    uint8_t high = 0xBF;
    uint32_t value;
    uint8_t c;
    size_t len;

    if (s.len == 0)
        return 0;
    c = s.data[0];
    if (c >= 0x80 && (c < 0xC2 || c > 0xF4))
        return 0;
    len = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    if (s.len < len)
        return 0;
    if (c == 0xE0)
        low = 0xA0;
    else if (c == 0xED)
        high = 0x9F;
    else if (c == 0xF0)
        low = 0x90;
    else if (c == 0xF4)
        high = 0x8F;
    if (len > 1 && (s.data[1] < low || s.data[1] > high))
        return 0;
    value = len == 1 ? c : c & (0x7Fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((s.data[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (s.data[i] & 0x3Fu);
    }
    if (code_point)
        *code_point = value;
    return len;
}

bool span_is_utf8(struct span s)
{
    while (s.len > 0) {
        size_t len = span_utf8_next(s, NULL);

        if (len == 0)
            return false;
        s.data += len;
        s.len -= len;
    }
    return true;
}

size_t span_whole_len(struct span s)
{
    size_t at = s.len;

    while (at > 0 && s.len - at < 3 && (s.data[at - 1] & 0xC0) == 0x80)
        at--;
    if (at == 0 || (s.data[at - 1] & 0xC0) != 0xC0)
        return s.len;
    return span_utf8_next(span_sub(s, at - 1, s.len), NULL) > 0 ? s.len : at - 1;
}

size_t span_printable_next(struct span s)
{
    uint32_t c = 0;
    size_t len = span_utf8_next(s, &c);

    return c < 0x20 || (c >= 0x7F && c <= 0x9F) ? 0 : len;
}

/* Bytes that the front of `s` takes as printable text. @param taken how many it had */
static size_t printable_size(struct span s, size_t *taken)
{
    size_t len = span_printable_next(s);

    *taken = len > 0 ? len : 1;
    return len > 0 ? len : 4;
}

static bool printable_fits(struct span s, size_t size)
{
    size_t used = 0;
    size_t taken;

    while (s.len > 0 && used < size) {
        used += printable_size(s, &taken);
        s = span_sub(s, taken, s.len);
    }
    return used < size;
}

const char *span_printable(struct span s, char *buf, size_t size)
{
    size_t end = printable_fits(s, size) ? size - 1 : size - 4;
    size_t used = 0;

    while (s.len > 0) {
        size_t taken;
        size_t len = printable_size(s, &taken);

        if (used + len > end) {
            memcpy(buf + used, "...", 3);
            used += 3;
            break;
        }
        if (len == taken)
            memcpy(buf + used, s.data, len);
        else
            snprintf(buf + used, 5, "\\x%02X", s.data[0]);
        used += len;
        s = span_sub(s, taken, s.len);
    }
    buf[used] = 0;
    return buf;
}
