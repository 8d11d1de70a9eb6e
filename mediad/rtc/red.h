/*
 * Redundant audio (RFC 2198): a payload that holds the newest frame, its primary block, and behind
 * it in time older ones once more, in case that their packets were lost. Bytes in, values out;
 * never allocates. Which frames a lost packet is rebuilt of is in up_redundancy.h.
 */
#ifndef NEREID_MEDIAD_RTC_RED_H
#define NEREID_MEDIAD_RTC_RED_H

#include "common/error.h"
#include "common/span.h"

enum {
    RED_CLOCK_RATE = 48000, /* of its format with Opus, as both have to agree */
    RED_CHANNELS = 2,
    RED_BLOCKS_MAX = 16, /* redundant ones; browsers send one, at most nine */
    RED_AGE_MAX = 0x3fff,
};

/** A frame that was sent before. Offsets are from the start of the payload. */
struct red_block {
    uint16_t age; /* how much older than the packet its time is, in units of the RTP clock */
    uint16_t at;
    uint16_t len; /* may be 0: there was nothing to repeat */
};

struct red {
    uint16_t primary_at;
    uint16_t primary_len; /* at least 1 */
    uint8_t n_blocks;
    struct red_block blocks[RED_BLOCKS_MAX]; /* in the order of the payload */
};

/**
 * Read the headers of all blocks.
 * @param block_pt payload type that each of them must have: Opus's
 * @return 0; ERR_TRUNCATED: headers or blocks run past the payload, or nothing is left for the
 *         primary one; ERR_SYNTAX: a block of another payload type; ERR_TOO_LARGE: more than
 *         RED_BLOCKS_MAX. *out is not to be used then
 */
int red_parse(struct red *out, struct span payload, uint8_t block_pt) MUST_USE;

/** Give all blocks another payload type. @param payload one that red_parse() took */
void red_set_block_pt(uint8_t *payload, uint8_t pt);

#endif
