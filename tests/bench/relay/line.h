/*
 * One direction of a bad line: says of each datagram when it comes out, or that it does not. Loss,
 * delay, jitter, reordering, and a token bucket in front of a queue that is measured in time.
 * Deterministic: the same seed, sizes and times give the same answers. Pure.
 */
#ifndef NEREID_TESTS_BENCH_RELAY_LINE_H
#define NEREID_TESTS_BENCH_RELAY_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** IPv4 and UDP headers: a line carries them, too. */
#define LINE_HEADERS_BYTES 28

/** Zeroed: a line that changes nothing. */
struct line_settings {
    int64_t rate_bps; /* 0: as wide as one likes */
    int64_t queue_us; /* longest wait for the rate; a datagram that would wait longer is dropped */
    int64_t burst_bytes; /* of the bucket: leave at once after a silence */
    int64_t delay_us;
    int64_t jitter_us; /* at most so much more delay; the order stays */
    uint32_t loss_ppm;
    uint32_t reorder_ppm; /* so many are held back by `hold_us`, and overtaken meanwhile */
    int64_t hold_us;
};

/**
 * Read "rate=400k,queue=300,burst=3000,loss=2.5,delay=25,jitter=5,reorder=1,hold=10": times in
 * milliseconds, shares in percent, rate in bit/s with k or M. What is not named has no effect.
 * "clear" alone is a line that changes nothing.
 *
 * @param problem set on failure to a sentence that names the word; static or in `text`'s copy
 * @return false: *out is untouched
 */
bool line_settings_parse(struct line_settings *out, const char *text, char *problem,
                         size_t problem_size);

struct line {
    struct line_settings settings;
    uint64_t random;
    int64_t free_us; /* when all that was let in has gone out, with an empty bucket */
    int64_t last_us; /* when the last one in order comes out */
    int64_t n_in;    /* datagrams */
    int64_t n_out;
    int64_t bytes_out; /* with headers */
    int64_t n_lost;
    int64_t n_full; /* dropped: the queue was full */
    int64_t n_held; /* reordered */
    int64_t wait_max_us;
};

/** @param seed any number */
void line_init(struct line *l, uint64_t seed);
/** From now on. What is on its way comes out as it would have. */
void line_set(struct line *l, const struct line_settings *settings);
/** @param size_bytes of the UDP payload @return when it comes out; -1: never */
int64_t line_enter(struct line *l, size_t size_bytes, int64_t now_us);

#endif
