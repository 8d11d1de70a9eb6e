/*
 * Redundant audio. First byte: the payload type of its blocks. What is taken lies in the payload,
 * block behind block up to its end; under another payload type it is the same.
 */
#include <string.h>

#include "mediad/rtc/red.h"
#include "check.h"

enum { OTHER_PT = 96 };

static void check_places(const struct red *red, size_t len)
{
    size_t at = 4 * (size_t)red->n_blocks + 1;

    check(red->n_blocks <= RED_BLOCKS_MAX && red->primary_len > 0);
    for (unsigned i = 0; i < red->n_blocks; i++) {
        check(red->blocks[i].at == at);
        at += red->blocks[i].len;
    }
    check(red->primary_at == at && at + red->primary_len == len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t copy[2048];
    struct red red, again;
    struct span payload;

    if (size == 0 || size > sizeof copy)
        return 0;
    payload = span_of(data + 1, size - 1);
    if (red_parse(&red, payload, data[0] & 0x7f) < 0)
        return 0;
    check_places(&red, payload.len);
    memcpy(copy, payload.data, payload.len);
    red_set_block_pt(copy, OTHER_PT);
    check(red_parse(&again, span_of(copy, payload.len), OTHER_PT) == 0);
    check(again.n_blocks == red.n_blocks && again.primary_at == red.primary_at);
    for (unsigned i = 0; i < red.n_blocks; i++)
        check(again.blocks[i].age == red.blocks[i].age && again.blocks[i].len == red.blocks[i].len);
    check(memcmp(copy + 4 * (size_t)red.n_blocks + 1, payload.data + 4 * (size_t)red.n_blocks + 1,
                 payload.len - 4 * (size_t)red.n_blocks - 1) == 0);
    return 0;
}
