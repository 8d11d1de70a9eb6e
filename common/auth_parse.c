#include "common/auth_parse.h"

#include <string.h>

#include "common/base64.h"

/* Take the scheme's name and the spaces behind it off the front. @return false: another scheme */
static bool strip_scheme(struct span *s, const char *scheme)
{
    size_t len = strlen(scheme);

    if (s->len <= len || !span_eq_nocase(span_sub(*s, 0, len), span_str(scheme)) ||
        s->data[len] != ' ')
        return false;
    *s = span_trim(span_sub(*s, len, SIZE_MAX));
    return true;
}

int basic_parse(struct buf *plain, const char *authorization, struct basic_credentials *out)
{
    struct span text = span_trim(span_str(authorization));
    struct span s;
    size_t colon;
    int r;

    if (!strip_scheme(&text, "Basic"))
        return ERR_NOT_FOUND;
    r = base64_decode(plain, text);
    if (r < 0)
        return r;
    s = buf_span(plain);
    colon = span_index(s, ':', 0);
    if (colon == s.len || span_index(s, 0, 0) < s.len || !span_is_utf8(s))
        return ERR_SYNTAX;
    out->name = span_sub(s, 0, colon);
    out->password = span_sub(s, colon + 1, SIZE_MAX);
    return 0;
}

int bearer_parse(const char *authorization, struct span *out)
{
    struct span rest = span_str(authorization);
    struct span piece;

    while (span_split(&rest, ',', &piece)) {
        piece = span_trim(piece);
        if (!strip_scheme(&piece, "Bearer"))
            continue;
        if (!piece.len || span_index(piece, ' ', 0) < piece.len)
            continue; /* not exactly two words */
        *out = piece;
        return 0;
    }
    return ERR_NOT_FOUND;
}
