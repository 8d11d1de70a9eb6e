#include "mediad/record/writer.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/log.h"
#include "common/macros.h"
#include "common/now.h"
#include "mediad/record/space.h"

#define ROUND_MS 50
#define DISK_CHECK_US US_PER_S
#define QUOTA_CHECK_US (10 * US_PER_S) /* which looks at every file */

static const struct log_ctx ctx = {.room = "record"};

struct writer {
    pthread_t thread;
    pthread_mutex_t lock;
    int wake_fd; /* of the writer */
    int news_fd; /* of the control thread */
    const char *directory;
    /* the thread's */
    struct list running;
    int64_t disk_checked_us, quota_checked_us;
    /* under the lock */
    struct list new_jobs, news;
    struct recorder_limits limits;
    bool is_ending;
};

static void wake(int fd)
{
    uint64_t one = 1;

    while (write(fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

static void clear(int fd)
{
    uint64_t count;

    while (read(fd, &count, sizeof count) < 0 && errno == EINTR)
        ;
}

/* ---- what the writer says ---- */

/* Call with the lock. */
static void tell(struct writer_job *job)
{
    struct writer *w = job->writer;

    if (!list_is_linked(&job->in_news))
        list_append(&w->news, &job->in_news);
    wake(w->news_fd);
}

static void say_warned(void *user, const char *text)
{
    struct writer_job *job = user;

    pthread_mutex_lock(&job->writer->lock);
    job->news.has_warning = true;
    (void)snprintf(job->news.warning, sizeof job->news.warning, "%s", text);
    tell(job);
    pthread_mutex_unlock(&job->writer->lock);
}

static void say_finished(void *user, const char *name)
{
    struct writer_job *job = user;

    pthread_mutex_lock(&job->writer->lock);
    job->news.has_file = true;
    (void)snprintf(job->news.file, sizeof job->news.file, "%s", name);
    tell(job);
    pthread_mutex_unlock(&job->writer->lock);
}

const struct take_events writer_take_events = {say_warned, say_finished};

static void say_done(struct writer_job *job, const char *why)
{
    struct writer *w = job->writer;

    pthread_mutex_lock(&w->lock);
    job->news.is_done = true;
    if (why) {
        job->news.has_ended = true;
        (void)snprintf(job->news.why, sizeof job->news.why, "%s", why);
    }
    tell(job);
    pthread_mutex_unlock(&w->lock);
}

/* ---- the thread ---- */

static struct take_time what_time(void)
{
    return (struct take_time){now_monotonic_us(), now_realtime_us()};
}

/* @param cause NULL: it was stopped */
static void finish(struct writer_job *job, const struct error *cause)
{
    struct take_time time = what_time();
    struct error e = {0};
    char text[WRITER_TEXT_SIZE];

    if (take_finish(job->take, &time, &e) < 0) {
        log_warn(&ctx, "recording: %s", error_describe(&e, text, sizeof text));
        if (!cause)
            cause = &e;
    }
    take_free(job->take);
    job->take = NULL;
    list_remove(&job->in_running);
    say_done(job, cause ? error_describe(cause, text, sizeof text) : NULL);
}

static bool is_stopped(struct writer_job *job)
{
    bool stopped;

    pthread_mutex_lock(&job->writer->lock);
    stopped = job->is_stopped || job->writer->is_ending;
    pthread_mutex_unlock(&job->writer->lock);
    return stopped;
}

/* The limits to look at now. @param is_new something has just begun */
static struct recorder_limits due_limits(struct writer *w, bool is_new)
{
    int64_t now_us = now_monotonic_us();
    struct recorder_limits limits;

    pthread_mutex_lock(&w->lock);
    limits = w->limits;
    pthread_mutex_unlock(&w->lock);
    if (is_new || now_us - w->quota_checked_us >= QUOTA_CHECK_US)
        w->quota_checked_us = now_us;
    else
        limits.group_quota_bytes = limits.total_quota_bytes = 0;
    if (is_new || now_us - w->disk_checked_us >= DISK_CHECK_US)
        w->disk_checked_us = now_us;
    else
        limits.free_floor_bytes = 0;
    return limits;
}

static void run_job(struct writer_job *job)
{
    struct take_time time = what_time();
    struct error e = {0};

    if (is_stopped(job))
        finish(job, NULL);
    else if (take_pump(job->take, &time, &e) < 0)
        finish(job, &e);
}

/* @return false: the thread is to end */
static bool take_new_jobs(struct writer *w, bool *has_new)
{
    struct list_node *node;
    bool goes_on;

    pthread_mutex_lock(&w->lock);
    *has_new = !list_is_empty(&w->new_jobs);
    while ((node = list_first(&w->new_jobs)) != NULL) {
        list_remove(node);
        list_append(&w->running, &CONTAINER_OF(node, struct writer_job, in_new)->in_running);
    }
    goes_on = !w->is_ending;
    pthread_mutex_unlock(&w->lock);
    return goes_on;
}

/* Ends those for which there is no room. */
static void look_after_space(struct writer *w, bool is_new)
{
    struct recorder_limits limits = due_limits(w, is_new);
    struct recorder_limits of_group = {.group_quota_bytes = limits.group_quota_bytes};
    struct error of_all = {0};
    struct list_node *node, *next;

    limits.group_quota_bytes = 0;
    (void)!space_check(w->directory, NULL, &limits, &of_all);
    for (node = list_first(&w->running); node; node = next) {
        struct writer_job *job = CONTAINER_OF(node, struct writer_job, in_running);
        struct error e = of_all;

        next = list_next(&w->running, node);
        if (e.code < 0 || space_check(w->directory, job->group, &of_group, &e) < 0)
            finish(job, &e);
    }
}

static void run_all(struct writer *w)
{
    struct list_node *node, *next;

    for (node = list_first(&w->running); node; node = next) {
        next = list_next(&w->running, node);
        run_job(CONTAINER_OF(node, struct writer_job, in_running));
    }
}

static void *thread_main(void *arg)
{
    struct writer *w = arg;
    bool goes_on, has_new;

    do {
        struct pollfd p = {w->wake_fd, POLLIN, 0};

        if (poll(&p, 1, list_is_empty(&w->running) ? -1 : ROUND_MS) > 0)
            clear(w->wake_fd);
        goes_on = take_new_jobs(w, &has_new);
        if (!list_is_empty(&w->running))
            look_after_space(w, has_new);
        run_all(w);
    } while (goes_on);
    return NULL;
}

/* ---- the control thread ---- */

int writer_new(struct writer **out, const char *directory, struct error *e)
{
    struct writer *w = calloc(1, sizeof *w);

    if (!w)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    w->directory = directory;
    pthread_mutex_init(&w->lock, NULL);
    w->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    w->news_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (w->wake_fd >= 0 && w->news_fd >= 0) {
        errno = pthread_create(&w->thread, NULL, thread_main, w);
        if (errno == 0) {
            *out = w;
            return 0;
        }
    }
    (void)error_set_errno(e, NULL, "cannot start the thread that records");
    if (w->wake_fd >= 0)
        close(w->wake_fd);
    if (w->news_fd >= 0)
        close(w->news_fd);
    pthread_mutex_destroy(&w->lock);
    free(w);
    return ERR_IO;
}

void writer_free(struct writer *w)
{
    pthread_mutex_lock(&w->lock);
    w->is_ending = true;
    pthread_mutex_unlock(&w->lock);
    wake(w->wake_fd);
    pthread_join(w->thread, NULL);
    close(w->wake_fd);
    close(w->news_fd);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

void writer_set_limits(struct writer *w, const struct recorder_limits *limits)
{
    pthread_mutex_lock(&w->lock);
    w->limits = *limits;
    pthread_mutex_unlock(&w->lock);
}

void writer_start(struct writer *w, struct writer_job *job)
{
    pthread_mutex_lock(&w->lock);
    job->writer = w;
    list_append(&w->new_jobs, &job->in_new);
    pthread_mutex_unlock(&w->lock);
    wake(w->wake_fd);
}

void writer_stop(struct writer *w, struct writer_job *job)
{
    pthread_mutex_lock(&w->lock);
    job->is_stopped = true;
    pthread_mutex_unlock(&w->lock);
    wake(w->wake_fd);
}

int writer_news_fd(const struct writer *w)
{
    return w->news_fd;
}

void writer_clear_fd(struct writer *w)
{
    clear(w->news_fd);
}

struct writer_job *writer_take_news(struct writer *w, struct writer_news *out)
{
    struct writer_job *job = NULL;
    struct list_node *node;

    pthread_mutex_lock(&w->lock);
    node = list_first(&w->news);
    if (node) {
        list_remove(node);
        job = CONTAINER_OF(node, struct writer_job, in_news);
        *out = job->news;
        job->news = (struct writer_news){0};
    }
    pthread_mutex_unlock(&w->lock);
    return job;
}
