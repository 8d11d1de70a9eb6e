/*
 * When to start a program again that ended. Pure: times come in, a decision goes out.
 */
#ifndef NEREID_SUPERVISOR_BACKOFF_H
#define NEREID_SUPERVISOR_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

#define BACKOFF_FIRST_US INT64_C(100000)
#define BACKOFF_LONGEST_US INT64_C(5000000)
/* Alive that long, and the next end starts counting anew. */
#define BACKOFF_ALIVE_US INT64_C(30000000)
/* Ends in a row after which there is no point. */
#define BACKOFF_TRIES 10

/** Zeroed: a program that has not been started. */
struct backoff {
    int64_t started_us;
    int64_t restart_at_us;
    unsigned ends; /* in a row, each sooner than BACKOFF_ALIVE_US after its start */
};

void backoff_started(struct backoff *b, int64_t now_us);

/** The program ended. @return false when it ended too often to go on; else restart_at_us is set */
bool backoff_ended(struct backoff *b, int64_t now_us);

#endif
