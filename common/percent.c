#include "common/percent.h"

#include <string.h>

#include "common/hex.h"

int percent_take(struct span *s)
{
    int byte = s->data[0];
    size_t len = 1;

    if (byte == '%') {
        int high = s->len > 2 ? hex_digit(s->data[1]) : -1;
        int low = s->len > 2 ? hex_digit(s->data[2]) : -1;

        if (high < 0 || low < 0)
            return -1;
        byte = high << 4 | low;
        len = 3;
    }
    s->data += len;
    s->len -= len;
    return byte;
}

static bool is_unreserved(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr("-._~", c);
}

void percent_add(struct buf *out, const char *text, const char *keep)
{
    const char *plain = text; /* from where on nothing needs more than to be copied */

    for (; *text; text++) {
        uint8_t c = (uint8_t)*text;

        if (is_unreserved(c) || strchr(keep, c))
            continue;
        buf_add(out, plain, (size_t)(text - plain));
        buf_printf(out, "%%%02X", c);
        plain = text + 1;
    }
    buf_add(out, plain, (size_t)(text - plain));
}
