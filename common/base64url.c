#include "common/base64url.h"

#include "common/base64.h"

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

int base64url_decode(struct buf *out, struct span text)
{
    return base64_decode_digits(out, text, '-', '_');
}
