/*
 * When to start a program again that ended. Pure: times come in, a decision goes out.
 *
 * Nobody is given up: a program that cannot run is tried for ever, at most every 30 seconds. Only
 * its own faults make it wait, never that somebody ended it.
 */
#ifndef NEREID_SUPERVISOR_BACKOFF_H
#define NEREID_SUPERVISOR_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

#define BACKOFF_FIRST_US INT64_C(100000)
#define BACKOFF_LONGEST_US INT64_C(30000000)
/* Alive that long, and the next failure starts counting anew. */
#define BACKOFF_ALIVE_US INT64_C(30000000)
/* What ends by itself with status 0 sooner than this after its start is started once in this time.
 */
#define BACKOFF_BRIEF_US INT64_C(1000000)
/* Failures in a row from which on a program counts as down, not as being started again. */
#define BACKOFF_DOWN 3

/** Zeroed: a program that has not been started. */
struct backoff {
    int64_t started_us;
    int64_t restart_at_us;
    unsigned failures; /* in a row, each sooner than BACKOFF_ALIVE_US after its start */
    int status;        /* of the last failure, as from waitpid(2) */
    bool has_run;
};

void backoff_started(struct backoff *b, int64_t now_us);

/**
 * The program ended: sets restart_at_us.
 * @param status as from waitpid(2). A status other than 0 and signals of the program's own making
 *               (SIGSEGV, SIGABRT and their like) count as failures; SIGKILL, SIGTERM and the
 *               others that somebody sends do not, nor does the status 0 that follows them
 * @return whether it counted as a failure
 */
bool backoff_ended(struct backoff *b, int status, int64_t now_us);

/** Whether it fails again and again. */
bool backoff_is_down(const struct backoff *b);

#endif
