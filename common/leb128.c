#include "common/leb128.h"

uint32_t leb128_read(struct reader *r)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < 8; i++) {
        uint8_t byte = reader_u8(r);

        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (!(byte & 0x80))
            return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
    }
    r->bad = true;
    return 0;
}

size_t leb128_write(uint8_t *out, uint32_t value)
{
    size_t n = 0;

    do {
        out[n] = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        value >>= 7;
    } while (out[n++] & 0x80);
    return n;
}
