#include "common/group_name.h"

#include <stdio.h>

static bool is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c <= 0x9F);
}

/* Embeddings, overrides and isolates: they make a name read as another one. */
static bool is_bidi_override(uint32_t c)
{
    return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

/* Where in a name the trouble is. Written when there is some: a list checks thousands of names. */
static const char *place_of(char out[32], const char *unit, size_t number)
{
    snprintf(out, 32, "%s %zu", unit, number);
    return out;
}

static int check_characters(struct span name, struct error *e)
{
    char place[32];

    for (size_t at = 0; at < name.len;) {
        struct span rest = span_sub(name, at, name.len);
        uint32_t c;
        size_t len = span_utf8_next(rest, &c);

        if (len == 0)
            return error_set(e, ERR_INVALID, place_of(place, "byte", at + 1),
                             "the name is not UTF-8");
        if (c == '\\')
            return error_set(e, ERR_INVALID, place_of(place, "byte", at + 1),
                             "a name contains no backslash");
        if (is_control(c))
            return error_set(e, ERR_INVALID, place_of(place, "byte", at + 1),
                             "a name contains no control character (U+%04X)", (unsigned)c);
        if (is_bidi_override(c))
            return error_set(e, ERR_INVALID, place_of(place, "byte", at + 1),
                             "a name contains no character that changes the direction of text "
                             "(U+%04X)",
                             (unsigned)c);
        at += len;
    }
    return 0;
}

static int check_elements(struct span name, size_t element_max, struct error *e)
{
    struct span rest = name;
    struct span element;
    size_t number = 0;
    char place[32];

    while (span_split(&rest, '/', &element)) {
        number++;
        if (element.len == 0)
            return error_set(e, ERR_INVALID, place_of(place, "element", number),
                             "there is nothing before, between or after slashes");
        if (element.data[0] == '.')
            return error_set(e, ERR_INVALID, place_of(place, "element", number),
                             "no part of a name starts with a full stop");
        if (element.len > element_max)
            return error_set(e, ERR_INVALID, place_of(place, "element", number),
                             "longer than %zu bytes", element_max);
    }
    return 0;
}

int group_name_check(struct span name, struct error *e)
{
    int r;

    if (name.len == 0)
        return error_set(e, ERR_INVALID, NULL, "the name is empty");
    if (name.len > GROUP_NAME_MAX)
        return error_set(e, ERR_INVALID, NULL, "the name is longer than %d bytes", GROUP_NAME_MAX);
    r = check_characters(name, e);
    return r < 0 ? r : check_elements(name, GROUP_ELEMENT_MAX, e);
}

int user_name_check(struct span name, struct error *e)
{
    int r;

    if (name.len == 0)
        return 0;
    if (name.len > USER_NAME_MAX)
        return error_set(e, ERR_INVALID, NULL, "the name is longer than %d bytes", USER_NAME_MAX);
    if (span_eq_str(name, "RECORDING"))
        return error_set(e, ERR_INVALID, NULL, "this name belongs to the recorder");
    r = check_characters(name, e);
    return r < 0 ? r : check_elements(name, USER_NAME_MAX, e);
}

size_t group_name_parent_len(struct span name)
{
    for (size_t i = name.len; i > 0; i--) {
        if (name.data[i - 1] == '/')
            return i - 1;
    }
    return 0;
}

bool group_name_is_below(struct span name, struct span ancestor)
{
    if (ancestor.len == 0)
        return true;
    return name.len > ancestor.len && name.data[ancestor.len] == '/' &&
           span_eq(span_sub(name, 0, ancestor.len), ancestor);
}
