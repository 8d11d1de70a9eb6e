#include "common/base64url.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void base64url_add(struct buf *out, struct span bytes)
{
    uint32_t bits = 0;
    unsigned n_bits = 0;

    for (size_t i = 0; i < bytes.len; i++) {
        bits = bits << 8 | bytes.data[i];
        for (n_bits += 8; n_bits >= 6; n_bits -= 6)
            buf_add_char(out, alphabet[bits >> (n_bits - 6) & 63]);
    }
    if (n_bits > 0)
        buf_add_char(out, alphabet[bits << (6 - n_bits) & 63]);
}

static int digit_value(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

int base64url_decode(struct buf *out, struct span text)
{
    char *room = buf_reserve(out, text.len / 4 * 3 + 2);
    uint32_t bits = 0;
    unsigned n_bits = 0;
    size_t len = 0;

    if (!room)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < text.len; i++) {
        int value = digit_value(text.data[i]);

        if (value < 0)
            goto bad;
        bits = bits << 6 | (uint32_t)value;
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            room[len++] = (char)(bits >> n_bits);
        }
    }
    if (n_bits >= 6 || (bits & ((1u << n_bits) - 1)) != 0)
        goto bad;
    out->len += len;
    out->data[out->len] = 0;
    return 0;
bad:
    out->data[out->len] = 0;
    return ERR_SYNTAX;
}
