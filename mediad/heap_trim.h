/*
 * When to give memory back that the C library keeps: it returns by itself only what lies at the end
 * of a thread's heap, and long-lived things of others lie everywhere. Worth it when many have left,
 * and when many have come, for their handshakes took half as much as what stays.
 */
#ifndef NEREID_MEDIAD_HEAP_TRIM_H
#define NEREID_MEDIAD_HEAP_TRIM_H

#include <stdbool.h>
#include <stddef.h>

#include "mediad/pool.h"

/** Fewer that left, or came, are not worth it. */
#define HEAP_TRIM_LEAVERS_MIN 4
#define HEAP_TRIM_NEWCOMERS_MIN 16

/** Zeroed: nobody was here yet. */
struct heap_trim {
    size_t n_most; /* members at once, since the last time */
    size_t n_then; /* the last time */
    size_t n_last; /* at the last look */
};

/** Ask every few seconds. @param n members now
 * @return true when at least half of the most have left, or there are twice as many as the last
 *         time and no more are coming: do it */
bool heap_trim_is_due(struct heap_trim *t, size_t n);
/** Has it done by the pool, since it takes milliseconds for each 100 MB; without memory for the job
 * nothing happens. */
void heap_trim_start(struct pool *pool);

#endif
