#include "admin-cgi/site/logo.h"

#include <string.h>

#include "common/atomic_file.h"
#include "common/base64.h"

/* RFC 2083 section 12.11; ISO/IEC 10918-1 B.1.1; RFC 9649 section 2.4. */
#define PNG "\x89PNG\r\n\x1a\n"
#define JPEG "\xff\xd8\xff"
#define RIFF "RIFF"
#define WEBP "WEBP"
#define WEBP_AT 8

static bool has(struct span picture, size_t at, const char *magic)
{
    size_t len = strlen(magic);

    return picture.len >= at + len && memcmp(picture.data + at, magic, len) == 0;
}

const char *logo_type(struct span picture)
{
    if (has(picture, 0, PNG))
        return "image/png";
    if (has(picture, 0, JPEG))
        return "image/jpeg";
    if (has(picture, 0, RIFF) && has(picture, WEBP_AT, WEBP))
        return "image/webp";
    return NULL;
}

int logo_read(struct buf *out, struct span base64, struct error *e)
{
    struct buf text = {0}, picture = {0};
    int r = 0;

    for (size_t i = 0; i < base64.len; i++) {
        char c = (char)base64.data[i];

        if (!memchr(" \t\n", c, 3))
            buf_add_char(&text, c == '-' ? '+' : c == '_' ? '/' : c);
    }
    if (buf_check(&text) < 0 || (r = base64_decode(&picture, buf_span(&text))) == ERR_NO_MEMORY)
        r = error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    else if (r < 0)
        r = error_set(e, ERR_INVALID, NULL, "this is not a picture as base64");
    else if (buf_span(&picture).len > LOGO_MAX_BYTES)
        r = error_set(e, ERR_TOO_LARGE, NULL, "the picture has %zu bytes, and may have %d",
                      buf_span(&picture).len, LOGO_MAX_BYTES);
    else if (!logo_type(buf_span(&picture)))
        r = error_set(e, ERR_INVALID, NULL, "it must be a PNG, JPEG or WebP picture");
    if (r == 0) {
        buf_add_span(out, buf_span(&picture));
        r = buf_check(out);
    }
    buf_release(&text);
    buf_release(&picture);
    return r;
}

void logo_name(char name[LOGO_NAME_SIZE], struct span picture)
{
    char digest[SHA256_HEX_SIZE];

    sha256_hex(picture, digest);
    memcpy(name, digest, LOGO_NAME_SIZE - 1);
    name[LOGO_NAME_SIZE - 1] = 0;
}
