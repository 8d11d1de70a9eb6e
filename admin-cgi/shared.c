#include "admin-cgi/shared.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <time.h>

#include "common/now.h"

#define SLOTS_MAX 64
#define FREE_WORKERS 2
#define STATUS_CLASSES 6

struct shared {
    unsigned n_workers;
    unsigned n_slots;
    pthread_mutex_t slots[SLOTS_MAX];
    _Atomic int64_t busy_since_us[SHARED_WORKERS_MAX];
    atomic_bool waiting[SHARED_WORKERS_MAX];
    _Atomic uint64_t answers[SHARED_ROUTES_MAX][STATUS_CLASSES];
    _Atomic uint64_t counters[N_SHARED_COUNTERS];
};

int shared_new(struct shared **out, unsigned n_workers, unsigned n_slots)
{
    pthread_mutexattr_t attributes;
    struct shared *s =
        mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (s == MAP_FAILED)
        return ERR_NO_MEMORY;
    s->n_workers = n_workers < SHARED_WORKERS_MAX ? n_workers : SHARED_WORKERS_MAX;
    s->n_slots = n_slots < 1 ? 1 : n_slots > SLOTS_MAX ? SLOTS_MAX : n_slots;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    for (unsigned i = 0; i < s->n_slots; i++)
        pthread_mutex_init(&s->slots[i], &attributes);
    pthread_mutexattr_destroy(&attributes);
    *out = s;
    return 0;
}

void shared_free(struct shared *s)
{
    if (s)
        munmap(s, sizeof *s);
}

static bool took(struct shared *s, unsigned slot, int result)
{
    if (result == EOWNERDEAD) /* the holder died; nothing it guarded can be half done */
        result = pthread_mutex_consistent(&s->slots[slot]);
    return result == 0;
}

static unsigned count_waiting(struct shared *s)
{
    unsigned n = 0;

    for (unsigned i = 0; i < s->n_workers; i++)
        n += atomic_load(&s->waiting[i]) ? 1 : 0;
    return n;
}

int shared_hash_begin(struct shared *s, unsigned worker, int64_t wait_us)
{
    unsigned first = worker % s->n_slots;
    struct timespec until;
    bool got;

    for (unsigned i = 0; i < s->n_slots; i++) {
        unsigned slot = (first + i) % s->n_slots;

        if (took(s, slot, pthread_mutex_trylock(&s->slots[slot])))
            return (int)slot;
    }
    if (worker >= s->n_workers || count_waiting(s) + FREE_WORKERS >= s->n_workers)
        return ERR_BUSY;
    atomic_store(&s->waiting[worker], true);
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_us / US_PER_S;
    until.tv_nsec += wait_us % US_PER_S * 1000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    got = took(s, first, pthread_mutex_clocklock(&s->slots[first], CLOCK_MONOTONIC, &until));
    atomic_store(&s->waiting[worker], false);
    return got ? (int)first : ERR_BUSY;
}

void shared_hash_end(struct shared *s, int slot)
{
    pthread_mutex_unlock(&s->slots[slot]);
}

void shared_work_begin(struct shared *s, unsigned worker, int64_t now_us)
{
    if (worker < SHARED_WORKERS_MAX)
        atomic_store(&s->busy_since_us[worker], now_us);
}

void shared_work_end(struct shared *s, unsigned worker)
{
    if (worker < SHARED_WORKERS_MAX)
        atomic_store(&s->busy_since_us[worker], 0);
}

int64_t shared_work_age_us(const struct shared *s, unsigned worker, int64_t now_us)
{
    int64_t since = worker < SHARED_WORKERS_MAX ? atomic_load(&s->busy_since_us[worker]) : 0;

    return since && now_us > since ? now_us - since : 0;
}

void shared_worker_reset(struct shared *s, unsigned worker)
{
    if (worker < SHARED_WORKERS_MAX) {
        atomic_store(&s->waiting[worker], false);
        atomic_store(&s->busy_since_us[worker], 0);
    }
}

void shared_count(struct shared *s, unsigned route, int status)
{
    unsigned class = status >= 100 && status < 600 ? (unsigned)status / 100 : 0;

    if (s && route < SHARED_ROUTES_MAX)
        atomic_fetch_add(&s->answers[route][class], 1);
}

uint64_t shared_counted(const struct shared *s, unsigned route, unsigned status_class)
{
    return route < SHARED_ROUTES_MAX && status_class < STATUS_CLASSES
               ? atomic_load(&s->answers[route][status_class])
               : 0;
}

void shared_add(struct shared *s, enum shared_counter counter)
{
    if (s)
        atomic_fetch_add(&s->counters[counter], 1);
}

uint64_t shared_get(const struct shared *s, enum shared_counter counter)
{
    return atomic_load(&s->counters[counter]);
}
