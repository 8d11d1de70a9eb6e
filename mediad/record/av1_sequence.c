#include "mediad/record/av1_sequence.h"

#include "common/bit_reader.h"

/* uvlc() of section 4.10.3: as many zeros as bits follow the first one. */
static void skip_uvlc(struct bit_reader *r)
{
    unsigned zeros = 0;

    while (!r->bad && !bit_reader_flag(r))
        zeros++;
    if (zeros < 32)
        bit_reader_skip(r, zeros);
}

/* @return bits of a buffer's delay, 0 without a decoder model */
static unsigned read_timing(struct bit_reader *r)
{
    unsigned delay_bits;

    if (!bit_reader_flag(r))
        return 0;
    bit_reader_skip(r, 64); /* units, time scale */
    if (bit_reader_flag(r))
        skip_uvlc(r); /* ticks of a picture */
    if (!bit_reader_flag(r))
        return 0;
    delay_bits = bit_reader_bits(r, 5) + 1;
    bit_reader_skip(r, 32 + 5 + 5);
    return delay_bits;
}

static void read_operating_points(struct bit_reader *r)
{
    unsigned delay_bits = read_timing(r);
    bool has_display_delay = bit_reader_flag(r);
    unsigned n = bit_reader_bits(r, 5) + 1;

    for (unsigned i = 0; i < n && !r->bad; i++) {
        bit_reader_skip(r, 12);
        if (bit_reader_bits(r, 5) > 7)
            bit_reader_skip(r, 1); /* tier */
        if (delay_bits > 0 && bit_reader_flag(r))
            bit_reader_skip(r, 2 * (size_t)delay_bits + 1);
        if (has_display_delay && bit_reader_flag(r))
            bit_reader_skip(r, 4);
    }
}

int av1_sequence_parse(struct av1_sequence *out, struct span body)
{
    struct bit_reader r = bit_reader_init(body);
    unsigned width_bits, height_bits;
    uint32_t width, height;

    bit_reader_skip(&r, 3 + 1); /* profile, still picture */
    if (bit_reader_flag(&r))
        bit_reader_skip(&r, 5); /* reduced: the level alone */
    else
        read_operating_points(&r);
    width_bits = bit_reader_bits(&r, 4) + 1;
    height_bits = bit_reader_bits(&r, 4) + 1;
    width = bit_reader_bits(&r, width_bits) + 1;
    height = bit_reader_bits(&r, height_bits) + 1;
    if (r.bad)
        return ERR_TRUNCATED;
    if (width > UINT16_MAX || height > UINT16_MAX)
        return ERR_SYNTAX;
    *out = (struct av1_sequence){(uint16_t)width, (uint16_t)height};
    return 0;
}
