/*
 * Datagrams on their way, ordered by when they come out; those of one moment in the order they came
 * in.
 */
#ifndef NEREID_TESTS_BENCH_RELAY_HELD_H
#define NEREID_TESTS_BENCH_RELAY_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct held_datagram {
    int64_t out_us;
    uint64_t number; /* of its arrival */
    unsigned flow;
    bool is_down; /* to the client */
    size_t len;
    uint8_t data[];
};

/** Zeroed: empty. */
struct held {
    struct held_datagram **heap; /* owned, and all in it */
    size_t n;
    size_t size;
    uint64_t n_seen;
};

/** Copies the datagram. @return false when out of memory */
bool held_put(struct held *h, const struct held_datagram *what, const uint8_t *data);
/** The next one to come out; NULL. Borrowed. */
const struct held_datagram *held_first(const struct held *h);
/** Remove the first one and hand it over, for free(). */
struct held_datagram *held_take(struct held *h);
void held_release(struct held *h);

#endif
