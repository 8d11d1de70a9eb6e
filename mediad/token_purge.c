#include "mediad/token_purge.h"

#include <stdlib.h>

#include "common/log.h"
#include "common/token_store_write.h"

static const struct log_ctx log_main = {.room = "main"};

struct purge_job {
    struct pool_job job;
    struct token_writer *writer;
    int64_t wall_us;
};

static void purge_run(struct pool_job *job)
{
    struct purge_job *purge = (struct purge_job *)job;
    struct error e = {0};
    int n;

    pthread_mutex_lock(&purge->writer->lock);
    n = token_store_purge(purge->writer->store, purge->wall_us, &e);
    pthread_mutex_unlock(&purge->writer->lock);
    if (n < 0)
        log_warn(&log_main, "old tokens were not removed: %s", e.text);
    else if (n > 0)
        log_info(&log_main, "removed %d old tokens", n);
}

static void purge_done(struct pool_job *job)
{
    free(job);
}

void token_purge_start(struct pool *pool, struct token_writer *writer, int64_t wall_us)
{
    struct purge_job *purge = calloc(1, sizeof *purge);

    if (!purge)
        return;
    purge->job.run = purge_run;
    purge->job.done = purge_done;
    purge->writer = writer;
    purge->wall_us = wall_us;
    if (pool_submit(pool, POOL_FAST, &purge->job) < 0)
        free(purge);
}
