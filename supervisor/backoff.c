#include "supervisor/backoff.h"

void backoff_started(struct backoff *b, int64_t now_us)
{
    b->started_us = now_us;
}

bool backoff_ended(struct backoff *b, int64_t now_us)
{
    int64_t wait_us = BACKOFF_FIRST_US;

    if (now_us - b->started_us >= BACKOFF_ALIVE_US)
        b->ends = 0;
    for (unsigned i = 0; i < b->ends && wait_us < BACKOFF_LONGEST_US; i++)
        wait_us *= 2;
    if (wait_us > BACKOFF_LONGEST_US)
        wait_us = BACKOFF_LONGEST_US;
    b->ends++;
    b->restart_at_us = now_us + wait_us;
    return b->ends < BACKOFF_TRIES;
}
