#include "mediad/rtc/red.h"

#include "common/reader.h"

/* RFC 2198 section 3: F says that another header follows; the last one has its payload type only.
 */
#define HEADER_FOLLOWS 0x80
#define PT_MASK 0x7f
#define BLOCK_HEADER_SIZE 4
#define LENGTH_BITS 10

/* What stands behind the headers, in their order; the rest is the primary block's. */
static int place_blocks(struct red *out, size_t at, size_t len)
{
    for (unsigned i = 0; i < out->n_blocks; i++) {
        out->blocks[i].at = (uint16_t)at;
        at += out->blocks[i].len;
    }
    if (at >= len)
        return ERR_TRUNCATED;
    out->primary_at = (uint16_t)at;
    out->primary_len = (uint16_t)(len - at);
    return 0;
}

int red_parse(struct red *out, struct span payload, uint8_t block_pt)
{
    struct reader r = reader_init(payload);
    uint8_t first;

    if (payload.len > UINT16_MAX)
        return ERR_TOO_LARGE;
    out->n_blocks = 0;
    while ((first = reader_u8(&r)) & HEADER_FOLLOWS) {
        uint32_t rest = reader_u24(&r);

        if ((first & PT_MASK) != block_pt)
            return ERR_SYNTAX;
        if (out->n_blocks == RED_BLOCKS_MAX)
            return ERR_TOO_LARGE;
        out->blocks[out->n_blocks++] =
            (struct red_block){.age = (uint16_t)(rest >> LENGTH_BITS),
                               .len = (uint16_t)(rest & ((1u << LENGTH_BITS) - 1))};
    }
    if (r.bad)
        return ERR_TRUNCATED;
    if (first != block_pt)
        return ERR_SYNTAX;
    return place_blocks(out, BLOCK_HEADER_SIZE * (size_t)out->n_blocks + 1, payload.len);
}

void red_set_block_pt(uint8_t *payload, uint8_t pt)
{
    for (; *payload & HEADER_FOLLOWS; payload += BLOCK_HEADER_SIZE)
        *payload = HEADER_FOLLOWS | pt;
    *payload = pt;
}
