#include "admin-cgi/sentence.h"

#include <string.h>

#include "common/buf.h"

#define FIRST_STRONG_ISOLATE "\u2068"
#define POP_ISOLATE "\u2069"

void sentence_add(struct sentence_values *v, struct span name, struct span text)
{
    if (v->n < SENTENCE_VALUES_MAX)
        v->list[v->n++] = (struct sentence_value){.name = name, .text = text};
}

const struct sentence_value *sentence_find(const struct sentence_values *v, struct span name)
{
    for (size_t i = 0; i < v->n; i++) {
        if (span_eq(v->list[i].name, name))
            return &v->list[i];
    }
    return NULL;
}

/* Take the text before the next place, and the place's name. @return false: there is none, and all
 * of the rest is text */
static bool next_place(struct span *rest, struct span *before, struct span *name)
{
    size_t open = span_index(*rest, '{', 0), close = span_index(*rest, '}', open);

    if (close == rest->len) {
        *before = *rest;
        *rest = span_sub(*rest, rest->len, 0);
        return false;
    }
    *before = span_sub(*rest, 0, open);
    *name = span_sub(*rest, open + 1, close - open - 1);
    *rest = span_sub(*rest, close + 1, SIZE_MAX);
    return true;
}

static bool is_number(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] < '0' || s.data[i] > '9')
            return false;
    }
    return s.len > 0;
}

/* Letters of scripts that run from right to left, by the bytes that begin them in UTF-8: U+0590 to
 * U+08FF, and their presentation forms from U+FB1D on. */
static bool has_right_to_left(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.data[i], next = i + 1 < s.len ? s.data[i + 1] : 0;

        if ((c >= 0xd6 && c <= 0xdf) || (c == 0xe0 && next >= 0xa0 && next <= 0xa3) ||
            (c == 0xef && ((next >= 0xac && next <= 0xb7) || next == 0xb9 || next == 0xba)))
            return true;
    }
    return false;
}

static void add_value(struct buf *out, struct span value, bool is_rtl)
{
    bool is_isolated = value.len > 0 && !is_number(value) && (is_rtl || has_right_to_left(value));

    buf_add_str(out, is_isolated ? FIRST_STRONG_ISOLATE : "");
    buf_add_span(out, value);
    buf_add_str(out, is_isolated ? POP_ISOLATE : "");
}

const char *sentence_fill(struct arena *a, const char *pattern, const struct sentence_values *v,
                          bool is_rtl)
{
    struct span rest = span_str(pattern), before, name;
    struct buf out = {0};
    const char *filled;
    bool has_place = true;

    while (has_place) {
        const struct sentence_value *value;

        has_place = next_place(&rest, &before, &name);
        buf_add_span(&out, before);
        if (!has_place)
            break;
        value = sentence_find(v, name);
        if (value)
            add_value(&out, value->text, is_rtl);
        else
            buf_printf(&out, "{%.*s}", (int)name.len, (const char *)name.data);
    }
    filled = buf_check(&out) == 0 ? arena_dup(a, buf_span(&out)) : NULL;
    buf_release(&out);
    return filled;
}

/* Where `part` begins in `text`, or text.len. */
static size_t index_of(struct span text, struct span part)
{
    const void *at = memmem(text.data, text.len, part.data, part.len);

    return at ? (size_t)((const uint8_t *)at - text.data) : text.len;
}

/* What follows a place: the next text, or the end. @return false: not in `text` */
static bool consume_value(struct span *text, struct span rest, struct span *value)
{
    struct span literal, name;
    bool is_last = !next_place(&rest, &literal, &name);
    size_t at;

    if (literal.len > text->len)
        return false;
    if (is_last)
        at = span_eq(span_sub(*text, text->len - literal.len, literal.len), literal)
                 ? text->len - literal.len
                 : text->len + 1;
    else
        at = literal.len ? index_of(*text, literal) : 0;
    if (at > text->len || (!is_last && literal.len && at == text->len))
        return false;
    *value = span_sub(*text, 0, at);
    *text = span_sub(*text, at, SIZE_MAX);
    return true;
}

bool sentence_match(const char *pattern, struct span text, struct sentence_values *out)
{
    struct span rest = span_str(pattern), before, name, value;

    out->n = 0;
    for (;;) {
        bool has_place = next_place(&rest, &before, &name);

        if (!span_eq(span_sub(text, 0, before.len), before))
            return false;
        text = span_sub(text, before.len, SIZE_MAX);
        if (!has_place)
            return text.len == 0;
        if (!consume_value(&text, rest, &value) ||
            (span_eq_str(name, SENTENCE_NUMBER) && !is_number(value)))
            return false;
        sentence_add(out, name, value);
    }
}

size_t sentence_weight(const char *pattern)
{
    struct span rest = span_str(pattern), before, name;
    size_t weight = 0;

    while (next_place(&rest, &before, &name))
        weight += before.len;
    return weight + before.len;
}
