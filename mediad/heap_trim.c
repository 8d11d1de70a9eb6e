#include "mediad/heap_trim.h"

#include <malloc.h>
#include <stdlib.h>

bool heap_trim_is_due(struct heap_trim *t, size_t n)
{
    if (n > t->n_most)
        t->n_most = n;
    bool have_left = n <= t->n_most / 2 && t->n_most - n >= HEAP_TRIM_LEAVERS_MIN;
    bool have_come =
        n <= t->n_last && n >= 2 * t->n_then && n >= t->n_then + HEAP_TRIM_NEWCOMERS_MIN;

    t->n_last = n;
    if (!have_left && !have_come)
        return false;
    t->n_most = n;
    t->n_then = n;
    return true;
}

static void run(struct pool_job *job)
{
    (void)job;
    malloc_trim(0);
}

static void done(struct pool_job *job)
{
    free(job);
}

void heap_trim_start(struct pool *pool)
{
    struct pool_job *job = calloc(1, sizeof *job);

    if (!job)
        return;
    job->run = run;
    job->done = done;
    if (pool_submit(pool, POOL_FAST, job) < 0)
        free(job);
}
