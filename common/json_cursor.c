#include "common/json_cursor.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/json_literal.h"
#include "common/json_number.h"

struct json_cursor json_cursor_init(struct span text, const struct json_limits *limits,
                                    struct error *e)
{
    return (struct json_cursor){.text = text, .limits = limits, .e = e};
}

void json_cursor_line(struct span text, size_t at, unsigned *line, unsigned *column)
{
    size_t line_start = 0;

    *line = 1;
    for (size_t i = 0; i < at && i < text.len; i++) {
        if (text.data[i] == '\n') {
            ++*line;
            line_start = i + 1;
        }
    }
    *column = (unsigned)(at - line_start + 1);
}

int json_cursor_fail(const struct json_cursor *c, int code, size_t at, const char *fmt, ...)
{
    char sentence[sizeof c->e->text];
    char place[64];
    unsigned line;
    unsigned column;
    va_list ap;

    if (!c->e)
        return code;
    va_start(ap, fmt);
    vsnprintf(sentence, sizeof sentence, fmt, ap);
    va_end(ap);
    json_cursor_line(c->text, at, &line, &column);
    snprintf(place, sizeof place, "line %u column %u", line, column);
    return error_set(c->e, code, place, "%s", sentence);
}

uint8_t json_cursor_peek(const struct json_cursor *c)
{
    return c->at < c->text.len ? c->text.data[c->at] : 0;
}

void json_cursor_space(struct json_cursor *c)
{
    while (c->at < c->text.len) {
        uint8_t b = c->text.data[c->at];

        if (b != ' ' && b != '\n' && b != '\t' && b != '\r')
            return;
        c->at++;
    }
}

/* Skip the escape at c->at. */
static int skip_escape(struct json_cursor *c, bool is_key)
{
    struct span s = span_sub(c->text, c->at, c->text.len);
    int32_t value;

    if (s.len >= 2 && s.data[1] != 0 && strchr("\"\\/bfnrt", s.data[1])) {
        c->at += 2;
        return 0;
    }
    value = json_escape_code(s);
    if (value < 0)
        return json_cursor_fail(c, ERR_SYNTAX, c->at, "this escape in a string means nothing");
    if (value == 0 && is_key)
        return json_cursor_fail(c, ERR_SYNTAX, c->at, "a member's name contains NUL");
    if (json_escape_pair(s) >= 0) {
        c->has_pair = true;
        c->at += JSON_PAIR_LEN;
        return 0;
    }
    if (value >= 0xD800 && value <= 0xDFFF && !c->limits->allow_surrogates)
        return json_cursor_fail(c, ERR_SYNTAX, c->at, "half of a surrogate pair");
    c->at += JSON_ESCAPE_LEN;
    return 0;
}

static bool is_plain(uint8_t b)
{
    return b >= 0x20 && b < 0x80 && b != '"' && b != '\\';
}

static int skip_string(struct json_cursor *c, bool is_key)
{
    const uint8_t *data = c->text.data;
    size_t start = ++c->at;

    for (;;) {
        size_t at = c->at;
        int r = 0;

        while (at < c->text.len && is_plain(data[at]))
            at++;
        c->at = at;
        if (at >= c->text.len)
            return json_cursor_fail(c, ERR_SYNTAX, start - 1, "this string does not end");
        if (data[at] == '"')
            break;
        if (data[at] == '\\') {
            r = skip_escape(c, is_key);
        } else if (data[at] < 0x20) {
            r = json_cursor_fail(c, ERR_SYNTAX, at, "a control character in a string");
        } else {
            size_t len = span_utf8_next(span_sub(c->text, at, 4), NULL);

            c->at += len;
            if (len == 0)
                r = json_cursor_fail(c, ERR_SYNTAX, at, "these bytes are not UTF-8");
        }
        if (r < 0)
            return r;
    }
    if (c->at - start > c->limits->string_max)
        return json_cursor_fail(c, ERR_TOO_LARGE, start - 1, "a string of more than %zu bytes",
                                c->limits->string_max);
    c->at++;
    return 0;
}

static bool is_digit(uint8_t b)
{
    return b >= '0' && b <= '9';
}

static size_t skip_digits(struct json_cursor *c)
{
    size_t start = c->at;

    while (is_digit(json_cursor_peek(c)))
        c->at++;
    return c->at - start;
}

static int skip_number(struct json_cursor *c)
{
    size_t start = c->at;
    bool is_negative = json_cursor_peek(c) == '-';
    struct span digits;
    bool is_integer = true;
    bool good;
    size_t first;
    uint8_t b;

    if (start >= c->text.len)
        return json_cursor_fail(c, ERR_SYNTAX, start, "the text ends too early");
    if (!is_negative && !is_digit(json_cursor_peek(c)))
        return json_cursor_fail(c, ERR_SYNTAX, start, "a value should stand here");
    c->at += is_negative;
    b = json_cursor_peek(c);
    first = c->at; /* read before skip_digits() moves it: arguments have no order */
    digits = span_sub(c->text, first, skip_digits(c));
    good = digits.len > 0 && (b != '0' || digits.len == 1);
    if (good && json_cursor_peek(c) == '.') {
        c->at++;
        is_integer = false;
        good = skip_digits(c) > 0;
    }
    if (good && (json_cursor_peek(c) | 0x20) == 'e') {
        c->at++;
        is_integer = false;
        if (json_cursor_peek(c) == '+' || json_cursor_peek(c) == '-')
            c->at++;
        good = skip_digits(c) > 0;
    }
    if (!good)
        return json_cursor_fail(c, ERR_SYNTAX, start, "this number is malformed");
    if (!is_integer)
        c->has_double = true;
    else if (json_integer_is_exact(span_sub(c->text, start, c->at - start)))
        return 0;
    else if (c->limits->keep_integers)
        c->has_kept = true;
    else if (b != '0')
        return json_cursor_fail(c, ERR_SYNTAX, start, "this integer is too large");
    return 0;
}

static int skip_word(struct json_cursor *c, const char *word)
{
    if (!span_starts_with(span_sub(c->text, c->at, c->text.len), word))
        return json_cursor_fail(c, ERR_SYNTAX, c->at, "a value should stand here");
    c->at += strlen(word);
    return 0;
}

/* What follows a number or a word must not look like more of it: with trailing text allowed nothing
 * else would notice "01" or "nullify". */
static int check_token_end(const struct json_cursor *c)
{
    uint8_t b = json_cursor_peek(c);

    if (is_digit(b) || ((b | 0x20) >= 'a' && (b | 0x20) <= 'z') || b == '.' || b == '+' ||
        b == '-' || b == '_')
        return json_cursor_fail(c, ERR_SYNTAX, c->at, "an unexpected character in a value");
    return 0;
}

static int count_value(struct json_cursor *c)
{
    if (c->n_values >= c->limits->values_max)
        return json_cursor_fail(c, ERR_TOO_LARGE, c->at, "more than %zu values",
                                c->limits->values_max);
    c->n_values++;
    return 0;
}

int json_cursor_enter(struct json_cursor *c)
{
    int r = count_value(c);

    if (r < 0)
        return r;
    if (c->depth >= c->limits->depth_max)
        return json_cursor_fail(c, ERR_TOO_LARGE, c->at,
                                "more than %u arrays and objects inside one another",
                                c->limits->depth_max);
    c->depth++;
    c->at++;
    return 0;
}

/* The comma before the next item, or the end of the container. @return 1, 0, or an error */
static int next_item(struct json_cursor *c, bool is_first, uint8_t end)
{
    json_cursor_space(c);
    if (json_cursor_peek(c) == end) {
        c->at++;
        c->depth--;
        return 0;
    }
    if (is_first)
        return 1;
    if (c->at >= c->text.len)
        return json_cursor_fail(c, ERR_SYNTAX, c->at, "the text ends too early");
    if (json_cursor_peek(c) != ',')
        return json_cursor_fail(c, ERR_SYNTAX, c->at, "a comma or '%c' should stand here", end);
    c->at++;
    json_cursor_space(c);
    if (json_cursor_peek(c) == end)
        return json_cursor_fail(c, ERR_SYNTAX, c->at, "there is a comma too many before '%c'", end);
    return 1;
}

int json_cursor_member(struct json_cursor *c, bool is_first, struct span *key)
{
    int r = next_item(c, is_first, '}');
    size_t start = c->at;

    if (r <= 0)
        return r;
    if (c->at >= c->text.len)
        return json_cursor_fail(c, ERR_SYNTAX, c->at, "the text ends too early");
    if (json_cursor_peek(c) != '"')
        return json_cursor_fail(c, ERR_SYNTAX, c->at,
                                "a member's name in quotes should stand here");
    r = skip_string(c, true);
    if (r < 0)
        return r;
    *key = span_sub(c->text, start, c->at - start);
    json_cursor_space(c);
    if (json_cursor_peek(c) != ':')
        return json_cursor_fail(c, ERR_SYNTAX, c->at, "a colon should stand here");
    c->at++;
    json_cursor_space(c);
    c->n_members++;
    return 1;
}

int json_cursor_element(struct json_cursor *c, bool is_first)
{
    return next_item(c, is_first, ']');
}

static int skip_object(struct json_cursor *c)
{
    int r = json_cursor_enter(c);
    bool is_first = true;
    struct span key;

    while (r >= 0 && (r = json_cursor_member(c, is_first, &key)) > 0) {
        r = json_cursor_value(c);
        is_first = false;
    }
    return r;
}

static int skip_array(struct json_cursor *c)
{
    int r = json_cursor_enter(c);
    bool is_first = true;

    while (r >= 0 && (r = json_cursor_element(c, is_first)) > 0) {
        r = json_cursor_value(c);
        is_first = false;
    }
    return r;
}

static int skip_scalar(struct json_cursor *c)
{
    int r = count_value(c);

    if (r < 0)
        return r;
    switch (json_cursor_peek(c)) {
    case '"':
        return skip_string(c, false);
    case 't':
        r = skip_word(c, "true");
        break;
    case 'f':
        r = skip_word(c, "false");
        break;
    case 'n':
        r = skip_word(c, "null");
        break;
    default:
        r = skip_number(c);
        break;
    }
    return r < 0 ? r : check_token_end(c);
}

int json_cursor_value(struct json_cursor *c)
{
    switch (json_cursor_peek(c)) {
    case '{':
        return skip_object(c);
    case '[':
        return skip_array(c);
    default:
        return skip_scalar(c);
    }
}

int json_cursor_document(struct json_cursor *c, struct span *value)
{
    size_t start;
    int r;

    if (c->text.len > c->limits->size_max)
        return error_set(c->e, ERR_TOO_LARGE, NULL, "more than %zu bytes", c->limits->size_max);
    if (span_starts_with(c->text, "\xEF\xBB\xBF"))
        return json_cursor_fail(c, ERR_SYNTAX, 0, "the text starts with a byte order mark");
    json_cursor_space(c);
    if (c->at == c->text.len)
        return json_cursor_fail(c, ERR_SYNTAX, c->at, "the text is empty");
    start = c->at;
    r = json_cursor_value(c);
    if (r < 0)
        return r;
    if (value)
        *value = span_sub(c->text, start, c->at - start);
    json_cursor_space(c);
    if (c->at < c->text.len && !c->limits->allow_trailing)
        return json_cursor_fail(c, ERR_SYNTAX, c->at, "something follows the end of the value");
    return 0;
}
