/* The Authorization header: Basic and Bearer. */
#include <string.h>

#include "admin-cgi/auth.h"

static int base64_value(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* RFC 4648 section 4, padding demanded. @return length, or -1 */
static long base64_decode(struct span text, char *out)
{
    size_t n = 0, padding = 0;

    if (text.len % 4)
        return -1;
    while (text.len && padding < 2 && text.data[text.len - 1] == '=') {
        text.len--;
        padding++;
    }
    for (size_t i = 0, bits = 0, value = 0; i < text.len; i++) {
        int v = base64_value(text.data[i]);

        if (v < 0)
            return -1;
        value = (value << 6 | (size_t)v) & 0xffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out[n++] = (char)(value >> bits & 0xff);
        }
        if (i == text.len - 1 && (value & ((1u << bits) - 1)) != 0)
            return -1;
    }
    return (long)n;
}

/* The scheme's name and the spaces behind it off the front. */
static bool take_scheme(struct span *s, const char *scheme)
{
    size_t len = strlen(scheme);

    if (s->len <= len || !span_eq_nocase(span_sub(*s, 0, len), span_str(scheme)) ||
        s->data[len] != ' ')
        return false;
    *s = span_trim(span_sub(*s, len, SIZE_MAX));
    return true;
}

int basic_parse(struct arena *a, const char *authorization, struct basic_credentials *out)
{
    struct span text = span_trim(span_str(authorization));
    struct span plain;
    size_t colon;
    char *decoded;
    long len;

    if (!take_scheme(&text, "Basic"))
        return ERR_NOT_FOUND;
    decoded = arena_alloc(a, text.len + 1);
    if (!decoded)
        return ERR_NO_MEMORY;
    len = base64_decode(text, decoded);
    if (len < 0)
        return ERR_SYNTAX;
    plain = span_of(decoded, (size_t)len);
    colon = span_index(plain, ':', 0);
    if (colon == plain.len || memchr(decoded, '\0', plain.len) || !span_is_utf8(plain))
        return ERR_SYNTAX;
    out->name = span_sub(plain, 0, colon);
    out->password = span_sub(plain, colon + 1, SIZE_MAX);
    return 0;
}

int bearer_parse(const char *authorization, struct span *out)
{
    struct span rest = span_str(authorization);
    struct span piece;

    while (span_split(&rest, ',', &piece)) {
        piece = span_trim(piece);
        if (!take_scheme(&piece, "Bearer"))
            continue;
        if (!piece.len || span_index(piece, ' ', 0) < piece.len)
            continue; /* not exactly two words */
        *out = piece;
        return 0;
    }
    return ERR_NOT_FOUND;
}
