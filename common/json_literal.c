#include "common/json_literal.h"

#include <string.h>

#include "common/hex.h"

int32_t json_escape_code(struct span s)
{
    int32_t value = 0;

    if (s.len < JSON_ESCAPE_LEN || s.data[0] != '\\' || s.data[1] != 'u')
        return -1;
    for (size_t i = 2; i < JSON_ESCAPE_LEN; i++) {
        int digit = hex_digit(s.data[i]);

        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

static bool is_high_surrogate(int32_t value)
{
    return value >= 0xD800 && value <= 0xDBFF;
}

static bool is_low_surrogate(int32_t value)
{
    return value >= 0xDC00 && value <= 0xDFFF;
}

int32_t json_escape_pair(struct span s)
{
    int32_t high = json_escape_code(s);
    int32_t low;

    if (!is_high_surrogate(high))
        return -1;
    low = json_escape_code(span_sub(s, JSON_ESCAPE_LEN, s.len));
    if (!is_low_surrogate(low))
        return -1;
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

static size_t utf8_write(uint32_t code_point, uint8_t out[4])
{
    if (code_point < 0x80) {
        out[0] = (uint8_t)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        out[0] = (uint8_t)(0xC0 | code_point >> 6);
        out[1] = (uint8_t)(0x80 | (code_point & 0x3F));
        return 2;
    }
    if (code_point < 0x10000) {
        out[0] = (uint8_t)(0xE0 | code_point >> 12);
        out[1] = (uint8_t)(0x80 | (code_point >> 6 & 0x3F));
        out[2] = (uint8_t)(0x80 | (code_point & 0x3F));
        return 3;
    }
    out[0] = (uint8_t)(0xF0 | code_point >> 18);
    out[1] = (uint8_t)(0x80 | (code_point >> 12 & 0x3F));
    out[2] = (uint8_t)(0x80 | (code_point >> 6 & 0x3F));
    out[3] = (uint8_t)(0x80 | (code_point & 0x3F));
    return 4;
}

/* Take one character off the front of the inside of a checked literal. @return bytes in out */
static size_t literal_next(struct span *s, uint8_t out[4])
{
    static const char letters[] = "bfnrt";
    static const uint8_t meanings[] = "\b\f\n\r\t";
    int32_t value;
    size_t used = 1;
    size_t len = 1;

    out[0] = s->data[0];
    if (s->data[0] != '\\') {
        len = used = span_utf8_next(*s, NULL);
        memcpy(out, s->data, len);
    } else if ((value = json_escape_pair(*s)) >= 0) {
        used = JSON_PAIR_LEN;
        len = utf8_write((uint32_t)value, out);
    } else if ((value = json_escape_code(*s)) >= 0) {
        used = JSON_ESCAPE_LEN;
        if (value >= 0xD800 && value <= 0xDFFF)
            value = 0xFFFD;
        len = utf8_write((uint32_t)value, out);
    } else {
        const char *letter = strchr(letters, s->data[1]);

        used = 2;
        out[0] = letter ? meanings[letter - letters] : s->data[1];
    }
    *s = span_sub(*s, used, s->len);
    return len;
}

static struct span literal_inside(struct span literal)
{
    return span_sub(literal, 1, literal.len - 2);
}

bool json_literal_eq(struct span literal, const char *name)
{
    struct span inside = literal_inside(literal);
    struct span rest = span_str(name);

    if (span_index(inside, '\\', 0) == inside.len)
        return span_eq(inside, rest);
    while (inside.len > 0) {
        uint8_t bytes[4];
        size_t len = literal_next(&inside, bytes);

        if (len > rest.len || memcmp(bytes, rest.data, len) != 0)
            return false;
        rest = span_sub(rest, len, rest.len);
    }
    return rest.len == 0;
}

void json_literal_decode(struct buf *out, struct span literal)
{
    struct span inside = literal_inside(literal);

    while (inside.len > 0) {
        uint8_t bytes[4];
        size_t len = literal_next(&inside, bytes);

        buf_add(out, bytes, len);
    }
}

void json_text_decode_pairs(struct buf *out, struct span text)
{
    while (text.len > 0) {
        size_t plain = span_index(text, '\\', 0);
        struct span rest = span_sub(text, plain, text.len);
        int32_t code_point = json_escape_pair(rest);
        uint8_t bytes[4];

        buf_add(out, text.data, plain);
        if (code_point >= 0) {
            buf_add(out, bytes, utf8_write((uint32_t)code_point, bytes));
            text = span_sub(rest, JSON_PAIR_LEN, rest.len);
        } else {
            /* Both bytes: what follows a backslash may be another one. */
            struct span escape = span_sub(rest, 0, 2);

            buf_add(out, escape.data, escape.len);
            text = span_sub(rest, escape.len, rest.len);
        }
    }
}
