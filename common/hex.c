#include "common/hex.h"

#include <string.h>

static const char digits[] = "0123456789abcdef";

int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *hex_format(char *out, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[data[i] >> 4];
        out[2 * i + 1] = digits[data[i] & 15];
    }
    out[2 * len] = '\0';
    return out;
}

void hex_add(struct buf *out, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        buf_add_char(out, digits[data[i] >> 4]);
        buf_add_char(out, digits[data[i] & 15]);
    }
}

int hex_decode(const char *text, uint8_t *out, size_t size)
{
    size_t len = strlen(text);

    if (len % 2 != 0 || len / 2 > size)
        return -1;
    for (size_t i = 0; i < len / 2; i++) {
        int high = hex_digit((uint8_t)text[2 * i]);
        int low = hex_digit((uint8_t)text[2 * i + 1]);

        if (high < 0 || low < 0)
            return -1;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return (int)(len / 2);
}
