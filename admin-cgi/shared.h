/*
 * Memory that parent, workers and keeper share, mapped before the fork: slots that bound how many
 * passwords are hashed at once and how many workers are held for long, what each worker is doing,
 * and counters for /metrics. A slot whose holder died is free again (robust mutexes).
 */
#ifndef NEREID_ADMIN_CGI_SHARED_H
#define NEREID_ADMIN_CGI_SHARED_H

#include <sys/types.h>

#include "common/error.h"
#include "common/span.h"

#define SHARED_WORKERS_MAX 256
#define SHARED_ROUTES_MAX 256

struct shared;

/** @param n_slots hashings at once: the number of cores */
int shared_new(struct shared **out, unsigned n_workers, unsigned n_slots) MUST_USE;
void shared_free(struct shared *s);

/**
 * Wait for a slot, at most `wait_us`. At least two workers never wait here.
 * @return the slot, or ERR_BUSY
 */
int shared_hash_begin(struct shared *s, unsigned worker, int64_t wait_us) MUST_USE;
void shared_hash_end(struct shared *s, int slot);

/**
 * A worker begins what takes long: an export, a test of the network. Two workers always stay free.
 * @return 0, or ERR_BUSY: too many are held already
 */
int shared_hold_begin(struct shared *s, unsigned worker) MUST_USE;
void shared_hold_end(struct shared *s, unsigned worker);

/** A worker takes up a request, and is done with it. @param now_us monotonic */
void shared_work_begin(struct shared *s, unsigned worker, int64_t now_us);
void shared_work_end(struct shared *s, unsigned worker);
/** How long the worker has been at its request; 0: it is idle. */
int64_t shared_work_age_us(const struct shared *s, unsigned worker, int64_t now_us);
/** Parent: the worker is gone; what it waited for is forgotten. */
void shared_worker_reset(struct shared *s, unsigned worker);

/** Count an answer; `route` is the row's number over all tables, SHARED_ROUTES_MAX - 1: no route.
 */
void shared_count(struct shared *s, unsigned route, int status);
uint64_t shared_counted(const struct shared *s, unsigned route, unsigned status_class);

enum shared_counter {
    COUNTER_LOGIN_OK, /* by programs */
    COUNTER_LOGIN_REFUSED,
    COUNTER_SIGN_IN_OK, /* at the console */
    COUNTER_SIGN_IN_REFUSED,
    COUNTER_THROTTLED,
    COUNTER_FOREIGN_REFUSED, /* cross-site requests */
    COUNTER_HASHES,          /* passwords hashed: equal work for names that exist or not (SEC-7) */
    COUNTER_WORKER_RESTARTS,
    COUNTER_CHECKS_ASKED, /* somebody wants the checks of the server to run again */
    N_SHARED_COUNTERS
};
void shared_add(struct shared *s, enum shared_counter counter);
uint64_t shared_get(const struct shared *s, enum shared_counter counter);

#endif
