#include "common/base64.h"

static int digit_value(uint8_t c, char digit_62, char digit_63)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == digit_62 ? 62 : c == digit_63 ? 63 : -1;
}

int base64_decode_digits(struct buf *out, struct span text, char digit_62, char digit_63)
{
    char *room = buf_reserve(out, text.len / 4 * 3 + 2);
    uint32_t bits = 0;
    unsigned n_bits = 0;
    size_t len = 0;

    if (!room)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < text.len; i++) {
        int value = digit_value(text.data[i], digit_62, digit_63);

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

int base64_decode(struct buf *out, struct span text)
{
    if (text.len % 4 != 0)
        return ERR_SYNTAX;
    for (int i = 0; i < 2 && text.len > 0 && text.data[text.len - 1] == '='; i++)
        text.len--;
    return base64_decode_digits(out, text, '+', '/');
}
