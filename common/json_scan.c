#include "common/json_scan.h"

#include <math.h>
#include <stdio.h>

#include "common/json_cursor.h"
#include "common/json_literal.h"
#include "common/json_number.h"

#define DUPLICATE_NAME_SHOWN 40

/* Strict or lenient, a file is as large as another. */
#define FILE_SIZES                                                                                 \
    .size_max = 1024 * 1024, .depth_max = 32, .values_max = 100000, .string_max = 64 * 1024

const struct json_limits json_limits_file = {FILE_SIZES};

const struct json_limits json_limits_lenient = {
    FILE_SIZES,
    .allow_duplicates = true,
    .allow_trailing = true,
};

const struct json_limits json_limits_message = {
    .size_max = 1024 * 1024,
    .depth_max = 32,
    .values_max = 4096,
    .string_max = 64 * 1024,
    .allow_duplicates = true,
    .allow_trailing = true,
    .allow_surrogates = true,
    .keep_integers = true,
};

int json_scan_check(struct span text, const struct json_limits *limits, struct error *e)
{
    struct json_cursor c = json_cursor_init(text, limits, e);

    return json_cursor_document(&c, NULL);
}

/* json-c makes a value of a text that the cursor accepted: nothing but memory can fail here. */
static int make_value(struct json_object **out, struct span value, unsigned depth_max)
{
    /* json-c counts the scalars inside the innermost container as a level of their own. */
    struct json_tokener *tokener = json_tokener_new_ex((int)depth_max + 2);
    struct json_object *made;
    enum json_tokener_error result;

    if (!tokener)
        return ERR_NO_MEMORY;
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    made = json_tokener_parse_ex(tokener, (const char *)value.data, (int)value.len);
    result = json_tokener_get_error(tokener);
    if (result == json_tokener_continue) {
        /* A number at the top is at an end only when something follows it. */
        made = json_tokener_parse_ex(tokener, "", 1);
        result = json_tokener_get_error(tokener);
    }
    json_tokener_free(tokener);
    if (result != json_tokener_success) {
        json_object_put(made);
        return ERR_NO_MEMORY;
    }
    *out = made;
    return 0;
}

struct tally {
    size_t n_members;
    bool has_infinite;
};

static void tally_value(struct tally *t, struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_object: {
        json_object_object_foreach(value, key, member)
        {
            (void)key;
            t->n_members++;
            tally_value(t, member);
        }
        break;
    }
    case json_type_array:
        for (size_t i = 0; i < json_object_array_length(value); i++)
            tally_value(t, json_object_array_get_idx(value, i));
        break;
    case json_type_double:
        if (!isfinite(json_object_get_double(value)))
            t->has_infinite = true;
        break;
    default:
        break;
    }
}

/* A name in an error: escaped as it was written, and short. */
static int fail_duplicate(struct json_cursor *c, struct span key)
{
    size_t len = key.len;

    if (len > DUPLICATE_NAME_SHOWN) {
        for (len = DUPLICATE_NAME_SHOWN; len > 1 && (key.data[len] & 0xC0) == 0x80; len--)
            continue;
    }
    return json_cursor_fail(c, ERR_SYNTAX, (size_t)(key.data - c->text.data),
                            "the member %.*s%s is there twice", (int)len, (const char *)key.data,
                            len < key.len ? "...\"" : "");
}

static int blame(struct json_cursor *c);

static int blame_object(struct json_cursor *c)
{
    struct json_object *seen = json_object_new_object();
    struct buf name = {0};
    bool is_first = true;
    struct span key;
    int r = seen ? json_cursor_enter(c) : ERR_NO_MEMORY;

    while (r >= 0 && (r = json_cursor_member(c, is_first, &key)) > 0) {
        is_first = false;
        buf_clear(&name);
        json_literal_decode(&name, key);
        if (!c->limits->allow_duplicates && json_object_object_get_ex(seen, buf_str(&name), NULL)) {
            r = fail_duplicate(c, key);
            break;
        }
        if (name.bad || json_object_object_add(seen, buf_str(&name), NULL) < 0)
            r = ERR_NO_MEMORY;
        else
            r = blame(c);
    }
    json_object_put(seen);
    buf_release(&name);
    return r;
}

static int blame_number(struct json_cursor *c)
{
    size_t start = c->at;
    struct json_object *number = NULL;
    struct buf text = {0};
    double value = 0;
    int r = json_cursor_value(c);

    json_text_integers_to_doubles(&text, span_sub(c->text, start, c->at - start));
    if (r == 0)
        r = text.bad ? ERR_NO_MEMORY : make_value(&number, buf_span(&text), 1);
    buf_release(&text);
    if (r == 0 && json_object_is_type(number, json_type_double))
        value = json_object_get_double(number);
    json_object_put(number);
    if (!isfinite(value))
        return json_cursor_fail(c, ERR_SYNTAX, start, "this number is too large");
    return r;
}

/* Walk a text that is known to have a duplicate member or a number too large, to the place of it.
 * Only errors come here, so that good texts are read without any memory of names. */
static int blame(struct json_cursor *c)
{
    bool is_first = true;
    int r;

    switch (json_cursor_peek(c)) {
    case '{':
        return blame_object(c);
    case '[':
        r = json_cursor_enter(c);
        while (r >= 0 && (r = json_cursor_element(c, is_first)) > 0) {
            is_first = false;
            r = blame(c);
        }
        return r;
    case '"':
    case 't':
    case 'f':
    case 'n':
        return json_cursor_value(c);
    default:
        return blame_number(c);
    }
}

/* json-c keeps one of members with one name, so that fewer in the value than in the text are a
 * duplicate: no sorting and no memory for texts without one. */
static int check_value(struct json_cursor *c, struct span text, struct json_object *value)
{
    struct tally t = {0};
    struct json_cursor again;
    int r;

    if (c->limits->allow_duplicates && !c->has_double && !c->has_kept)
        return 0;
    tally_value(&t, value);
    if (!t.has_infinite && (c->limits->allow_duplicates || t.n_members == c->n_members))
        return 0;
    again = json_cursor_init(text, c->limits, c->e);
    json_cursor_space(&again);
    r = blame(&again);
    return r < 0 ? r : error_set(c->e, ERR_SYNTAX, NULL, "a member is there twice");
}

/* Give every number in the value that stands for a kept integer the text of that integer. */
static int restore_integers(struct json_object *value)
{
    int r = 0;

    if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, key, member)
        {
            (void)key;
            r = r < 0 ? r : restore_integers(member);
        }
    } else if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; r == 0 && i < json_object_array_length(value); i++)
            r = restore_integers(json_object_array_get_idx(value, i));
    } else {
        r = json_double_to_integer_text(value);
    }
    return r;
}

/* What json-c would read as something else is written in another way for it. It reads escaped pairs
 * as U+FFFD wherever the low half of the code point is itself in the surrogates' range (U+1D800,
 * U+2D800, ...), so it gets the characters instead; integers: see json_number.h. */
static int make_value_rewritten(struct json_object **out, const struct json_cursor *c,
                                struct span value)
{
    struct buf pairs = {0};
    struct buf text = {0};
    int r = ERR_NO_MEMORY;

    json_text_decode_pairs(&pairs, value);
    if (c->has_kept)
        json_text_integers_to_doubles(&text, buf_span(&pairs));
    if (!pairs.bad && !text.bad)
        r = make_value(out, buf_span(c->has_kept ? &text : &pairs), c->limits->depth_max);
    buf_release(&text);
    buf_release(&pairs);
    return r == 0 && c->has_kept ? restore_integers(*out) : r;
}

int json_scan_parse(struct json_object **out, struct span text, const struct json_limits *limits,
                    struct error *e)
{
    struct json_cursor c = json_cursor_init(text, limits, e);
    struct json_object *value = NULL;
    struct span bytes;
    int r = json_cursor_document(&c, &bytes);

    if (r < 0)
        return r;
    r = c.has_pair || c.has_kept ? make_value_rewritten(&value, &c, bytes)
                                 : make_value(&value, bytes, limits->depth_max);
    if (r == 0)
        r = check_value(&c, text, value);
    if (r < 0) {
        json_object_put(value);
        return r == ERR_NO_MEMORY ? error_set(e, r, NULL, "out of memory") : r;
    }
    *out = value;
    return 0;
}

int json_scan_parse_file(struct json_object **out, struct span text, struct error *unclean,
                         struct error *e)
{
    struct error strict = {0};
    int r = json_scan_parse(out, text, &json_limits_file, &strict);

    *unclean = (struct error){0};
    if (r == ERR_SYNTAX) {
        r = json_scan_parse(out, text, &json_limits_lenient, e);
        if (r == 0)
            *unclean = strict;
    } else if (r < 0 && e) {
        *e = strict;
    }
    return r;
}

static bool is_script_danger(uint8_t next)
{
    return next == '!' || next == 's' || next == 'S';
}

static void add_escaped(struct buf *out, uint8_t b)
{
    static const char letters[] = "\bb\ff\nn\rr\tt";

    for (const char *pair = letters; *pair; pair += 2) {
        if ((uint8_t)pair[0] == b) {
            buf_add_char(out, '\\');
            buf_add_char(out, pair[1]);
            return;
        }
    }
    buf_printf(out, "\\u%04x", b);
}

void json_add_string(struct buf *out, struct span s)
{
    size_t plain = 0; /* from where on nothing needs more than to be copied */

    buf_add_char(out, '"');
    for (size_t i = 0; i < s.len; i++) {
        uint8_t b = s.data[i];
        uint8_t next = i + 1 < s.len ? s.data[i + 1] : 0;
        bool is_danger = b == '<' && is_script_danger(next);
        bool needs_mark = b == '"' || b == '\\' || (b == '/' && i > 0 && s.data[i - 1] == '<');

        if (b >= 0x20 && !is_danger && !needs_mark)
            continue;
        buf_add_span(out, span_sub(s, plain, i - plain));
        plain = needs_mark ? i : i + 1;
        if (needs_mark)
            buf_add_char(out, '\\');
        else if (is_danger)
            buf_add_str(out, "\\u003c");
        else
            add_escaped(out, b);
    }
    buf_add_span(out, span_sub(s, plain, s.len - plain));
    buf_add_char(out, '"');
}
