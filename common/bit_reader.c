#include "common/bit_reader.h"

struct bit_reader bit_reader_init(struct span s)
{
    return (struct bit_reader){.bytes = s};
}

size_t bit_reader_left(const struct bit_reader *r)
{
    return r->bytes.len * 8 - r->at;
}

void bit_reader_skip(struct bit_reader *r, size_t n)
{
    if (r->bad || n > bit_reader_left(r)) {
        r->bad = true;
        r->at = r->bytes.len * 8;
        return;
    }
    r->at += n;
}

uint32_t bit_reader_bits(struct bit_reader *r, unsigned n)
{
    size_t at = r->at;
    uint32_t value = 0;

    bit_reader_skip(r, n);
    if (r->bad)
        return 0;
    while (n > 0) {
        unsigned left = 8 - (unsigned)(at % 8); /* of this byte */
        unsigned take = n < left ? n : left;
        unsigned byte = r->bytes.data[at / 8];

        value = value << take | (byte >> (left - take) & ((1u << take) - 1));
        at += take;
        n -= take;
    }
    return value;
}

bool bit_reader_flag(struct bit_reader *r)
{
    return bit_reader_bits(r, 1);
}

uint32_t bit_reader_below(struct bit_reader *r, uint32_t n)
{
    unsigned width = 0;

    while (width < 32 && n >> width)
        width++;
    if (width <= 1)
        return 0;
    uint32_t n_short = (uint32_t)((1ull << width) - n); /* so many numbers take a bit less */
    uint32_t value = bit_reader_bits(r, width - 1);

    if (value < n_short)
        return value;
    return (value << 1 | bit_reader_bits(r, 1)) - n_short;
}

uint32_t bit_reader_golomb(struct bit_reader *r)
{
    unsigned n_zeros = 0;

    while (!r->bad && !bit_reader_flag(r))
        n_zeros++;
    if (n_zeros > 31)
        r->bad = true;
    if (r->bad)
        return 0;
    return (1u << n_zeros) - 1 + bit_reader_bits(r, n_zeros);
}
