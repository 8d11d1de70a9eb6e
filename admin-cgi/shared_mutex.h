/*
 * Mutexes in memory that processes share. A process that dies while it holds one leaves it to the
 * next, who is told.
 */
#ifndef NEREID_ADMIN_CGI_SHARED_MUTEX_H
#define NEREID_ADMIN_CGI_SHARED_MUTEX_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

#define SHARED_MUTEX_FOREVER (-1)

void shared_mutex_init(pthread_mutex_t *m);

/**
 * @param wait_us    0: only if it is free; SHARED_MUTEX_FOREVER
 * @param owner_died may be NULL; set to true when the last holder died with it
 * @return 0, ERR_BUSY
 */
int shared_mutex_take(pthread_mutex_t *m, int64_t wait_us, bool *owner_died) MUST_USE;
void shared_mutex_leave(pthread_mutex_t *m);

#endif
