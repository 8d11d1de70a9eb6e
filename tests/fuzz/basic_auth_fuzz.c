/*
 * Any Authorization header: what Basic gives is UTF-8 without NUL and, encoded again, the same;
 * what Bearer gives is one word of the header.
 */
#include <stdlib.h>
#include <string.h>

#include "common/auth_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
    if (!good)
        abort();
}

static void add_base64(struct buf *out, struct span s)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < s.len; i += 3) {
        unsigned n = (unsigned)s.data[i] << 16 | (i + 1 < s.len ? s.data[i + 1] : 0u) << 8 |
                     (i + 2 < s.len ? s.data[i + 2] : 0u);

        buf_add_char(out, letters[n >> 18]);
        buf_add_char(out, letters[n >> 12 & 63]);
        buf_add_char(out, i + 1 < s.len ? letters[n >> 6 & 63] : '=');
        buf_add_char(out, i + 2 < s.len ? letters[n & 63] : '=');
    }
}

static void check_basic(const struct basic_credentials *c)
{
    struct basic_credentials again;
    struct buf plain = {0}, header = {0}, decoded = {0};

    check(span_is_utf8(c->name) && span_is_utf8(c->password));
    check(span_index(c->name, ':', 0) == c->name.len);
    buf_add_span(&plain, c->name);
    buf_add_char(&plain, ':');
    buf_add_span(&plain, c->password);
    buf_add_str(&header, "Basic ");
    add_base64(&header, buf_span(&plain));
    check(basic_parse(&decoded, buf_str(&header), &again) == 0);
    check(span_eq(again.name, c->name) && span_eq(again.password, c->password));
    buf_release(&plain);
    buf_release(&header);
    buf_wipe(&decoded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf plain = {0};
    struct basic_credentials c;
    struct span token;
    char *header;

    if (size > 65536 || memchr(data, 0, size))
        return 0;
    header = malloc(size + 1);
    check(header);
    memcpy(header, data, size);
    header[size] = 0;
    if (basic_parse(&plain, header, &c) == 0)
        check_basic(&c);
    if (bearer_parse(header, &token) == 0) {
        check(token.len > 0 && span_index(token, ' ', 0) == token.len);
        check(token.data >= (uint8_t *)header &&
              token.data + token.len <= (uint8_t *)header + size);
    }
    buf_wipe(&plain);
    free(header);
    return 0;
}
