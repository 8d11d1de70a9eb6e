#include "galenectl/pattern.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/span.h"

/* The next character; a byte that is no UTF-8 stands for itself. */
static uint32_t next_char(const char **text)
{
    uint32_t c = (unsigned char)**text;
    size_t len = span_utf8_next(span_of(*text, strnlen(*text, 4)), &c);

    *text += len ? len : 1;
    return c;
}

/* A bound of a class, perhaps escaped. */
static int parse_bound(const char **pattern, uint32_t *out)
{
    if (**pattern == 0 || **pattern == '-' || **pattern == ']')
        return ERR_SYNTAX;
    if (**pattern == '\\' && *++*pattern == 0)
        return ERR_SYNTAX;
    *out = next_char(pattern);
    return 0;
}

/* A class after its '['; *pattern ends behind the ']'. @return 1, 0 or ERR_SYNTAX */
static int match_class(const char **pattern, uint32_t c)
{
    bool is_negated = **pattern == '^';
    bool is_in = false;

    *pattern += is_negated;
    for (bool is_first = true; is_first || **pattern != ']'; is_first = false) {
        uint32_t low;
        uint32_t high;

        if (parse_bound(pattern, &low) < 0)
            return ERR_SYNTAX;
        high = low;
        if (**pattern == '-') {
            ++*pattern;
            if (parse_bound(pattern, &high) < 0)
                return ERR_SYNTAX;
        }
        is_in = is_in || (low <= c && c <= high);
        if (**pattern == 0)
            return ERR_SYNTAX;
    }
    ++*pattern;
    return is_in != is_negated;
}

/* One pattern character that is not '*'. @return 1, 0 or ERR_SYNTAX; both move on 1 */
static int match_one(const char **pattern, const char **name)
{
    const char *rest = *pattern + 1;
    uint32_t c;
    int r;

    if (**name == 0)
        return 0;
    switch (**pattern) {
    case '?':
        r = **name != '/';
        next_char(name);
        break;
    case '[':
        c = next_char(name);
        r = match_class(&rest, c);
        break;
    case '\\':
        if (*rest == 0)
            return ERR_SYNTAX;
        *pattern = rest;
        /* fall through */
    default:
        rest = *pattern;
        r = next_char(&rest) == next_char(name);
        break;
    }
    *pattern = rest;
    return r;
}

int pattern_match(const char *pattern, const char *name)
{
    const char *star = NULL; /* behind the last '*', and where it is tried next */
    const char *retry = NULL;

    while (*name || *pattern) {
        int r = 0;

        if (*pattern == '*') {
            star = ++pattern;
            retry = name;
            continue;
        }
        if (*pattern) {
            r = match_one(&pattern, &name);
            if (r < 0)
                return r;
        }
        if (r == 1)
            continue;
        if (!star || *retry == 0 || *retry == '/')
            return 0;
        next_char(&retry);
        pattern = star;
        name = retry;
    }
    return 1;
}
