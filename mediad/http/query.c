#include "mediad/http/query.h"

#include <string.h>

#include "common/percent.h"

/* @return 0, ERR_SYNTAX, ERR_TOO_LARGE */
static int decode(struct span text, char *out, size_t size)
{
    size_t n = 0;

    while (text.len > 0) {
        bool is_space = text.data[0] == '+';
        int c = percent_take(&text);

        if (c <= 0)
            return ERR_SYNTAX;
        if (n + 1 >= size)
            return ERR_TOO_LARGE;
        out[n++] = is_space ? ' ' : (char)c;
    }
    out[n] = '\0';
    return 0;
}

int query_value(struct span query, const char *name, char *out, size_t size)
{
    struct span piece;
    int r;

    out[0] = '\0';
    if (query.len > 0 && query.data[0] == '?')
        query = span_sub(query, 1, query.len);
    while (span_split(&query, '&', &piece)) {
        size_t at = span_index(piece, '=', 0);

        if (!span_eq_str(span_sub(piece, 0, at), name))
            continue;
        r = decode(span_sub(piece, at < piece.len ? at + 1 : at, piece.len), out, size);
        if (r < 0)
            out[0] = '\0';
        return r < 0 ? r : 1;
    }
    return 0;
}
