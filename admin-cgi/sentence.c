#include "admin-cgi/sentence.h"

#include <string.h>

#include "common/buf.h"

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

const char *sentence_fill(struct arena *a, const char *pattern, const struct sentence_values *v)
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
            buf_add_span(&out, value->text);
        else
            buf_printf(&out, "{%.*s}", (int)name.len, (const char *)name.data);
    }
    filled = buf_check(&out) == 0 ? arena_dup(a, buf_span(&out)) : NULL;
    buf_release(&out);
    return filled;
}

static bool is_number(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] < '0' || s.data[i] > '9')
            return false;
    }
    return s.len > 0;
}

/* Where `part` begins in `text`, or text.len. */
static size_t index_of(struct span text, struct span part)
{
    const void *at = memmem(text.data, text.len, part.data, part.len);

    return at ? (size_t)((const uint8_t *)at - text.data) : text.len;
}

/* What follows a place: the next text, or the end. @return false: not in `text` */
static bool take_value(struct span *text, struct span rest, struct span *value)
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
        if (!take_value(&text, rest, &value) ||
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
