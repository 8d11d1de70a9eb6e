#include "admin-cgi/shared_mutex.h"

#include <errno.h>
#include <time.h>

#include "common/now.h"

void shared_mutex_init(pthread_mutex_t *m)
{
    pthread_mutexattr_t attributes;

    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(m, &attributes);
    pthread_mutexattr_destroy(&attributes);
}

static int lock_within(pthread_mutex_t *m, int64_t wait_us)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_us / US_PER_S;
    until.tv_nsec += wait_us % US_PER_S * 1000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    return pthread_mutex_clocklock(m, CLOCK_MONOTONIC, &until);
}

int shared_mutex_take(pthread_mutex_t *m, int64_t wait_us, bool *owner_died)
{
    int r;

    if (wait_us < 0)
        r = pthread_mutex_lock(m);
    else
        r = wait_us > 0 ? lock_within(m, wait_us) : pthread_mutex_trylock(m);
    if (r == EOWNERDEAD) {
        if (owner_died)
            *owner_died = true;
        r = pthread_mutex_consistent(m);
    }
    return r == 0 ? 0 : ERR_BUSY;
}

void shared_mutex_leave(pthread_mutex_t *m)
{
    pthread_mutex_unlock(m);
}
