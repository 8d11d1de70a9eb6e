#include "mediad/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define THREADS_MAX 8

struct job_queue {
    struct list jobs;
    size_t length;
};

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct job_queue waiting[POOL_CLASSES];
    struct job_queue finished;
    size_t queue_max;
    bool is_ending;
    int event_fd;
    unsigned n_threads;
    pthread_t threads[THREADS_MAX];
};

static void queue_push(struct job_queue *q, struct pool_job *job)
{
    list_append(&q->jobs, &job->in_queue);
    q->length++;
}

/* NULL when it is empty. */
static struct pool_job *queue_shift(struct job_queue *q)
{
    struct pool_job *job = LIST_FIRST(&q->jobs, struct pool_job, in_queue);

    if (!job)
        return NULL;
    list_remove(&job->in_queue);
    q->length--;
    return job;
}

static struct pool_job *next_job(struct pool *p)
{
    struct pool_job *job = NULL;

    for (int class = 0; class < POOL_CLASSES && !job; class ++)
        job = queue_shift(&p->waiting[class]);
    return job;
}

static void wake_control(struct pool *p)
{
    uint64_t one = 1;

    while (write(p->event_fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

static void *thread_main(void *arg)
{
    struct pool *p = arg;

    pthread_mutex_lock(&p->lock);
    while (!p->is_ending) {
        struct pool_job *job = next_job(p);

        if (!job) {
            pthread_cond_wait(&p->work, &p->lock);
            continue;
        }
        pthread_mutex_unlock(&p->lock);
        job->run(job);
        pthread_mutex_lock(&p->lock);
        queue_push(&p->finished, job);
        wake_control(p);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

static unsigned default_threads(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    if (cores < 1)
        return 1;
    return cores > THREADS_MAX ? THREADS_MAX : (unsigned)cores;
}

int pool_new(struct pool **out, unsigned n_threads, size_t queue_max, struct error *e)
{
    struct pool *p = calloc(1, sizeof *p);

    if (!p)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->work, NULL);
    p->queue_max = queue_max;
    p->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (p->event_fd < 0) {
        int r = error_set_errno(e, NULL, "eventfd");

        pool_free(p);
        return r;
    }
    if (n_threads == 0)
        n_threads = default_threads();
    if (n_threads > THREADS_MAX)
        n_threads = THREADS_MAX;
    for (; p->n_threads < n_threads; p->n_threads++) {
        if (pthread_create(&p->threads[p->n_threads], NULL, thread_main, p) != 0)
            break;
    }
    if (p->n_threads == 0) {
        pool_free(p);
        return error_set(e, ERR_NO_MEMORY, NULL, "cannot start a thread");
    }
    *out = p;
    return 0;
}

void pool_free(struct pool *p)
{
    struct pool_job *job;

    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->is_ending = true;
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->lock);
    for (unsigned i = 0; i < p->n_threads; i++)
        pthread_join(p->threads[i], NULL);
    while ((job = next_job(p)) != NULL)
        queue_push(&p->finished, job);
    while ((job = queue_shift(&p->finished)) != NULL)
        job->done(job);
    if (p->event_fd >= 0)
        close(p->event_fd);
    pthread_cond_destroy(&p->work);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

int pool_submit(struct pool *p, enum pool_class class, struct pool_job *job)
{
    int r = 0;

    pthread_mutex_lock(&p->lock);
    if (p->waiting[class].length >= p->queue_max || p->is_ending) {
        r = ERR_BUSY;
    } else {
        queue_push(&p->waiting[class], job);
        pthread_cond_signal(&p->work);
    }
    pthread_mutex_unlock(&p->lock);
    return r;
}

int pool_event_fd(const struct pool *p)
{
    return p->event_fd;
}

void pool_dispatch(struct pool *p)
{
    uint64_t count;
    size_t n_finished;

    while (read(p->event_fd, &count, sizeof count) < 0 && errno == EINTR)
        ;
    pthread_mutex_lock(&p->lock);
    n_finished = p->finished.length;
    pthread_mutex_unlock(&p->lock);
    while (n_finished-- > 0) {
        struct pool_job *job;

        pthread_mutex_lock(&p->lock);
        job = queue_shift(&p->finished);
        pthread_mutex_unlock(&p->lock);
        job->done(job);
    }
}

size_t pool_waiting(struct pool *p)
{
    size_t n = 0;

    pthread_mutex_lock(&p->lock);
    for (int class = 0; class < POOL_CLASSES; class ++)
        n += p->waiting[class].length;
    pthread_mutex_unlock(&p->lock);
    return n;
}
