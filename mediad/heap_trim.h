/*
 * When to give memory back that the C library keeps after many have left: it returns by itself only
 * what lies at the end of a thread's heap, and long-lived things of others lie everywhere.
 */
#ifndef NEREID_MEDIAD_HEAP_TRIM_H
#define NEREID_MEDIAD_HEAP_TRIM_H

#include <stdbool.h>
#include <stddef.h>

#include "mediad/pool.h"

/** Fewer than this that left are not worth it. */
#define HEAP_TRIM_LEAVERS_MIN 4

/** Zeroed: nobody was here yet. */
struct heap_trim {
    size_t n_most; /* members at once, since the last time */
};

/** Ask now and then. @param n members now
 * @return true when at least half of the most have left: do it, the next most begins with `n` */
bool heap_trim_is_due(struct heap_trim *t, size_t n);
/** Has it done by the pool, since it takes milliseconds for each 100 MB; without memory for the job
 * nothing happens. */
void heap_trim_start(struct pool *pool);

#endif
