/*
 * A small bounded thread pool for work that would block the control thread: password hashing,
 * signatures, token writes, reading group files. Results come back on the control thread, which
 * learns of them through one eventfd.
 */
#ifndef NEREID_MEDIAD_POOL_H
#define NEREID_MEDIAD_POOL_H

#include "common/error.h"
#include "common/list.h"

struct pool;

enum pool_class {
    POOL_FAST, /* milliseconds: files, signatures; taken first */
    POOL_SLOW, /* password hashing */
    POOL_CLASSES
};

/** Embedded in what the work needs. The pool owns it from pool_submit() until it calls done. */
struct pool_job {
    struct list_node in_queue;          /* the pool's */
    void (*run)(struct pool_job *job);  /* on a pool thread; touches nothing but the job */
    void (*done)(struct pool_job *job); /* on the control thread; may free the job */
};

/**
 * @param n_threads 0: one per core, at most 8
 * @param queue_max jobs of each class that may wait
 */
int pool_new(struct pool **out, unsigned n_threads, size_t queue_max, struct error *e) MUST_USE;
/** Finishes the jobs that run, skips run() of those that wait, and calls done() of all. */
void pool_free(struct pool *p);
/** @return 0, or ERR_BUSY when queue_max jobs wait; the job then stays the caller's */
int pool_submit(struct pool *p, enum pool_class class, struct pool_job *job) MUST_USE;
/** Readable when pool_dispatch() has something to do. */
int pool_event_fd(const struct pool *p);
/** Call done() of the jobs that have finished by now; what finishes meanwhile makes the descriptor
 * readable again, so that a chain of short jobs does not keep the loop. Control thread. */
void pool_dispatch(struct pool *p);
/** Jobs that wait, for statistics. */
size_t pool_waiting(struct pool *p);

#endif
