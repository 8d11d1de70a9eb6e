#include "admin-cgi/shared.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "admin-cgi/shared_mutex.h"

#define SLOTS_MAX 64
#define FREE_WORKERS 2
#define STATUS_CLASSES 6

struct shared {
    unsigned n_workers;
    unsigned n_slots;
    pthread_mutex_t slots[SLOTS_MAX];
    _Atomic int64_t busy_since_us[SHARED_WORKERS_MAX];
    atomic_bool waiting[SHARED_WORKERS_MAX]; /* for a slot, or held by what takes long */
    _Atomic uint64_t answers[SHARED_ROUTES_MAX][STATUS_CLASSES];
    _Atomic uint64_t counters[N_SHARED_COUNTERS];
};

int shared_new(struct shared **out, unsigned n_workers, unsigned n_slots)
{
    struct shared *s =
        mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (s == MAP_FAILED)
        return ERR_NO_MEMORY;
    s->n_workers = n_workers < SHARED_WORKERS_MAX ? n_workers : SHARED_WORKERS_MAX;
    s->n_slots = n_slots < 1 ? 1 : n_slots > SLOTS_MAX ? SLOTS_MAX : n_slots;
    for (unsigned i = 0; i < s->n_slots; i++)
        shared_mutex_init(&s->slots[i]);
    *out = s;
    return 0;
}

void shared_free(struct shared *s)
{
    if (s)
        munmap(s, sizeof *s);
}

static unsigned count_waiting(struct shared *s)
{
    unsigned n = 0;

    for (unsigned i = 0; i < s->n_workers; i++)
        n += atomic_load(&s->waiting[i]) ? 1 : 0;
    return n;
}

/* What a slot guards cannot be half done, whoever died with it. */
int shared_hash_begin(struct shared *s, unsigned worker, int64_t wait_us)
{
    unsigned first = worker % s->n_slots;
    int r;

    for (unsigned i = 0; i < s->n_slots; i++) {
        unsigned slot = (first + i) % s->n_slots;

        if (shared_mutex_take(&s->slots[slot], 0, NULL) == 0)
            return (int)slot;
    }
    if (worker >= s->n_workers || count_waiting(s) + FREE_WORKERS >= s->n_workers)
        return ERR_BUSY;
    atomic_store(&s->waiting[worker], true);
    r = shared_mutex_take(&s->slots[first], wait_us, NULL);
    atomic_store(&s->waiting[worker], false);
    return r == 0 ? (int)first : ERR_BUSY;
}

void shared_hash_end(struct shared *s, int slot)
{
    shared_mutex_leave(&s->slots[slot]);
}

/* Two that ask at once may both be told that one is too many. */
int shared_hold_begin(struct shared *s, unsigned worker)
{
    unsigned n_max = s->n_workers > FREE_WORKERS ? s->n_workers - FREE_WORKERS : 1;

    if (worker >= s->n_workers)
        return ERR_BUSY;
    atomic_store(&s->waiting[worker], true);
    if (count_waiting(s) <= n_max)
        return 0;
    atomic_store(&s->waiting[worker], false);
    return ERR_BUSY;
}

void shared_hold_end(struct shared *s, unsigned worker)
{
    if (worker < s->n_workers)
        atomic_store(&s->waiting[worker], false);
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
