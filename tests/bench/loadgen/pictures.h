/*
 * What a receiver of VP8 could show (RFC 7741): pictures whose packets are all there, each after
 * the one before it or a keyframe; how long none came; and how large they were. Pure: packets and
 * times in, numbers out.
 */
#ifndef NEREID_TESTS_BENCH_LOADGEN_PICTURES_H
#define NEREID_TESTS_BENCH_LOADGEN_PICTURES_H

#include <stdbool.h>
#include <stdint.h>

#include "common/span.h"

#define PICTURES_RING 2048 /* packets that wait for others, a power of two */
#define PICTURES_SIZES 8

struct picture_packet {
    uint64_t seq;
    uint16_t bytes;
    uint16_t width; /* of a keyframe that starts here, or 0 */
    bool is_start, is_last;
    bool is_padding;
};

/** Zeroed: nothing came yet. */
struct pictures {
    struct picture_packet ring[PICTURES_RING];
    uint64_t next; /* packet of the picture to be shown next; 0: a keyframe is awaited */
    uint64_t highest;
    uint64_t n_shown;
    int64_t shown_us; /* the last one; before that, the first packet */
    int64_t longest_us;
    uint16_t width; /* of the pictures now */
    struct {
        uint16_t width;
        uint64_t bytes, pictures;
    } sizes[PICTURES_SIZES]; /* width 0: unused */
};

/** Count from here on. */
void pictures_start(struct pictures *p, int64_t now_us);
/** @param seq extended; not 0  @param payload empty: padding  @param is_last the marker bit */
void pictures_packet(struct pictures *p, uint64_t seq, struct span payload, bool is_last,
                     int64_t now_us);
/** Packets come, and for so long none of them made a picture: a browser would ask for a keyframe.
 */
bool pictures_is_stuck(const struct pictures *p, int64_t now_us, int64_t for_us);
/** The longest time without a picture; the time since the last one counts too. */
int64_t pictures_longest_us(const struct pictures *p, int64_t now_us);

#endif
