#include "admin-cgi/multipart.h"

#include <stdio.h>
#include <string.h>

#define HEADERS_MAX 4096

/* ---- the boundary ---- */

static bool is_boundary(struct span text)
{
    static const char others[] = "'()+_,-./:=? ";

    if (!text.len || text.len > MULTIPART_BOUNDARY_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        const char c = (char)text.data[i];

        if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') &&
            !(c && strchr(others, c)))
            return false;
    }
    return text.data[text.len - 1] != ' ';
}

/* The value of a parameter, with quotes or without. @return empty: there is none */
static struct span parameter(struct span rest, const char *name)
{
    struct span piece;

    while (span_split(&rest, ';', &piece)) {
        size_t equals;

        piece = span_trim(piece);
        equals = span_index(piece, '=', 0);
        if (!span_eq_nocase(span_sub(piece, 0, equals), span_str(name)))
            continue;
        piece = span_sub(piece, equals + 1, piece.len);
        if (piece.len >= 2 && piece.data[0] == '"' && piece.data[piece.len - 1] == '"')
            piece = span_sub(piece, 1, piece.len - 2);
        return piece;
    }
    return span_of(NULL, 0);
}

int multipart_begin(struct multipart *m, const char *content_type, multipart_source *read,
                    void *source, struct error *e)
{
    struct span type = span_str(content_type), boundary;
    size_t semicolon = span_index(type, ';', 0);

    memset(m, 0, sizeof *m);
    if (!span_eq_nocase(span_trim(span_sub(type, 0, semicolon)), span_str("multipart/form-data")))
        return error_set(e, ERR_MEDIA_TYPE, NULL, "this is not a form with a file");
    boundary = parameter(span_sub(type, semicolon + 1, type.len), "boundary");
    if (!is_boundary(boundary))
        return error_set(e, ERR_INVALID, NULL, "the form has no boundary between its parts");
    m->delimiter_len = (size_t)snprintf(m->delimiter, sizeof m->delimiter, "\r\n--%.*s",
                                        (int)boundary.len, (const char *)boundary.data);
    m->read = read;
    m->source = source;
    memcpy(m->piece, "\r\n", 2); /* the first delimiter need not have a line before it */
    m->end = 2;
    m->is_inside = true; /* of what stands before it */
    return 0;
}

/* ---- bytes ---- */

static int truncated(struct error *e)
{
    return error_set(e, ERR_TRUNCATED, NULL, "the form ended early");
}

/* More bytes behind those that are there. @return 0, ERR_TRUNCATED */
static int fill(struct multipart *m, struct error *e)
{
    long n;

    if (m->start > 0) {
        memmove(m->piece, m->piece + m->start, m->end - m->start);
        m->end -= m->start;
        m->start = 0;
    }
    n = m->end < sizeof m->piece ? m->read(m->source, m->piece + m->end, sizeof m->piece - m->end)
                                 : 0;
    if (n <= 0)
        return truncated(e);
    m->end += (size_t)n;
    return 0;
}

/* The place of a needle in what was read; NULL: it is not there, or not whole. */
static char *find(struct multipart *m, const char *needle, size_t len)
{
    return memmem(m->piece + m->start, m->end - m->start, needle, len);
}

/* At least so many bytes are there. */
static int need(struct multipart *m, size_t len, struct error *e)
{
    int r = 0;

    while (r == 0 && m->end - m->start < len)
        r = fill(m, e);
    return r;
}

int multipart_read(struct multipart *m, struct span *out, struct error *e)
{
    while (m->is_inside) {
        const char *delimiter = find(m, m->delimiter, m->delimiter_len);
        size_t len = m->end - m->start;
        int r;

        if (delimiter)
            len = (size_t)(delimiter - (m->piece + m->start));
        else /* its beginning may be at the end */
            len = len >= m->delimiter_len ? len - m->delimiter_len + 1 : 0;
        if (len > 0) {
            *out = span_of(m->piece + m->start, len);
            m->start += len;
            return 1;
        }
        if (delimiter) {
            m->start += m->delimiter_len;
            m->is_inside = false;
            return 0;
        }
        r = fill(m, e);
        if (r < 0)
            return r;
    }
    return 0;
}

/* ---- parts ---- */

static int bad_headers(struct error *e)
{
    return error_set(e, ERR_INVALID, NULL, "a part of the form has no name that can be read");
}

/* Browsers write %22 for a quote in a name, so that the next quote ends it. */
static bool quoted(struct span line, const char *name, struct span *out)
{
    char start[24];
    const char *found;
    size_t len = (size_t)snprintf(start, sizeof start, "; %s=\"", name), end;

    found = line.len ? memmem(line.data, line.len, start, len) : NULL;
    if (!found)
        return false;
    line = span_sub(line, (size_t)(found - (const char *)line.data) + len, line.len);
    end = span_index(line, '"', 0);
    *out = span_sub(line, 0, end);
    return end < line.len;
}

static int read_headers(struct multipart *m, struct span headers, struct error *e)
{
    static const char wanted[] = "content-disposition:";
    struct span line, name, file;

    while (span_split(&headers, '\n', &line)) {
        if (!span_eq_nocase(span_sub(line, 0, sizeof wanted - 1), span_str(wanted)))
            continue;
        if (!quoted(line, "name", &name) || !span_copy(name, m->name, sizeof m->name) ||
            !span_is_utf8(name))
            return bad_headers(e);
        m->is_file = quoted(line, "filename", &file);
        return 1;
    }
    return bad_headers(e);
}

int multipart_next(struct multipart *m, struct error *e)
{
    static const char empty_line[] = "\r\n\r\n";
    struct span rest;
    const char *found = NULL;
    int r;

    while ((r = multipart_read(m, &rest, e)) == 1)
        ;
    if (r == 0 && !m->is_at_end)
        r = need(m, 2, e);
    if (r < 0)
        return r;
    if (m->is_at_end || memcmp(m->piece + m->start, "--", 2) == 0) {
        m->is_at_end = true;
        return 0;
    }
    if (++m->n_parts > MULTIPART_PARTS_MAX)
        return error_set(e, ERR_TOO_LARGE, NULL, "the form has too many parts");
    while (!(found = find(m, empty_line, 4))) {
        if (m->end - m->start >= HEADERS_MAX + 4)
            return bad_headers(e);
        r = fill(m, e);
        if (r < 0)
            return r;
    }
    rest = span_of(m->piece + m->start, (size_t)(found - (m->piece + m->start)));
    if (rest.len > HEADERS_MAX)
        return bad_headers(e);
    r = read_headers(m, rest, e);
    m->start += rest.len + sizeof empty_line - 1;
    m->is_inside = true;
    return r;
}

int multipart_text(struct multipart *m, char *out, size_t size, struct error *e)
{
    struct span piece;
    size_t len = 0;
    int r;

    while ((r = multipart_read(m, &piece, e)) == 1) {
        if (piece.len >= size - len)
            return error_set(e, ERR_TOO_LARGE, m->name, "it is too long");
        memcpy(out + len, piece.data, piece.len);
        len += piece.len;
    }
    out[len] = 0;
    if (r == 0 && (memchr(out, 0, len) || !span_is_utf8(span_of(out, len))))
        r = error_set(e, ERR_INVALID, m->name, "the text is not valid UTF-8");
    return r;
}
