#include "mediad/record/jobs.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "common/list.h"
#include "common/log.h"
#include "common/macros.h"
#include "common/neighbour.h"
#include "mediad/record/job_process.h"

#define TEND_SOON_S 2 /* all streams of a meeting end together */
#define TEND_EVERY_S 3600
#define STOP_PATIENCE_S 1  /* for a film's process to clear up after itself */
#define FILMS_KEPT_MAX 100 /* with those that have ended */

static const struct log_ctx ctx = {.room = "recording"};

struct film {
    struct list_node in_films;
    char *group, *start, *file, *why;
    enum film_state state;
    double progress;
    int64_t asked_us;
};

struct jobs {
    char *directory;
    char *program;                   /* NULL: there is none */
    int epoll_fd, timer_fd, kill_fd; /* `kill_fd`: what was stopped should have ended by then */
    struct job_process tend, mix;
    struct list films; /* struct film; the oldest first */
    size_t n_films, n_waiting;
    struct film *running; /* what `mix` makes */
    bool is_tend_wanted;
};

/* ---- films ---- */

static void film_free(struct film *f)
{
    free(f->group);
    free(f->start);
    free(f->file);
    free(f->why);
    free(f);
}

static bool film_is_open(const struct film *f)
{
    return f->state == FILM_WAITING || f->state == FILM_RUNNING;
}

/* Room for one more, at the cost of the oldest that has ended. */
static void forget_oldest(struct jobs *j)
{
    LIST_EACH_REMOVING (struct film, f, &j->films, in_films) {
        if (j->n_films < FILMS_KEPT_MAX)
            return;
        if (!film_is_open(f) && f != j->running) {
            list_remove(&f->in_films);
            j->n_films--;
            film_free(f);
        }
    }
}

static void set_text(char **text, const char *to)
{
    free(*text);
    *text = strdup(to); /* NULL says nothing, which is what there is room for */
}

static void end_film(struct jobs *j, bool succeeded)
{
    struct film *f = j->running;
    const struct log_ctx film_ctx = {.room = "recording", .group = f->group};

    j->running = NULL;
    if (f->state == FILM_STOPPED && !succeeded) {
        log_info(&film_ctx, "stopped the film of the meeting of %s", f->start);
    } else if (succeeded && f->file) {
        f->state = FILM_DONE;
        f->progress = 1;
        log_info(&film_ctx, "made the film %s", f->file);
    } else {
        f->state = FILM_FAILED;
        if (!f->why)
            set_text(&f->why, "nereid-recording has failed; the log may say more");
        log_warn(&film_ctx, "no film of the meeting of %s: %s", f->start, f->why ? f->why : "");
    }
}

/* "progress 0.42", "done FILE", "failed SENTENCE" */
static void take_line(void *arg, char *line)
{
    struct film *f = ((struct jobs *)arg)->running;
    char *rest = strchr(line, ' ');

    if (!f || !rest)
        return;
    *rest++ = 0;
    if (strcmp(line, "progress") == 0) {
        double progress = strtod(rest, NULL);

        if (progress >= f->progress && progress <= 1)
            f->progress = progress;
    } else if (strcmp(line, "done") == 0) {
        const char *slash = strrchr(rest, '/');

        set_text(&f->file, slash ? slash + 1 : rest);
    } else if (strcmp(line, "failed") == 0) {
        set_text(&f->why, rest);
    }
}

static void take_nothing(void *arg, char *line)
{
    (void)arg;
    (void)line;
}

/* ---- processes ---- */

static int watch(const struct jobs *j, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

    return epoll_ctl(j->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

/* Closing a descriptor takes it out of the epoll. */
static int start(struct jobs *j, struct job_process *p, const char *const *arguments,
                 struct error *e)
{
    int r;

    if (!j->program)
        return error_set(e, ERR_UNAVAILABLE, NULL, "there is no nereid-recording beside mediad");
    r = job_process_start(p, j->program, arguments, e);
    if (r == 0 && (watch(j, p->end_fd) < 0 || watch(j, p->out_fd) < 0)) {
        r = error_set_errno(e, NULL, "nereid-recording cannot be watched");
        job_process_kill(p);
    }
    return r;
}

static void set_timer(int timer_fd, time_t s)
{
    const struct itimerspec when = {.it_value = {.tv_sec = s}};

    if (timerfd_settime(timer_fd, 0, &when, NULL) < 0)
        log_warn(&ctx, "no time can be set for looking after recordings");
}

static bool has_expired(int timer_fd)
{
    uint64_t n_expired;

    return read(timer_fd, &n_expired, sizeof n_expired) == sizeof n_expired;
}

static void start_tend(struct jobs *j)
{
    const char *const arguments[] = {"tend", j->directory, NULL};
    struct error e = {0};

    j->is_tend_wanted = false;
    set_timer(j->timer_fd, TEND_EVERY_S);
    if (start(j, &j->tend, arguments, &e) < 0)
        log_warn(&ctx, "recordings are not looked after: %s", e.text);
}

static void start_film(struct jobs *j, struct film *f)
{
    const char *const arguments[] = {"mix", j->directory, f->group, f->start, NULL};
    struct error e = {0};

    j->running = f;
    j->n_waiting--;
    f->state = FILM_RUNNING;
    if (start(j, &j->mix, arguments, &e) < 0) {
        set_text(&f->why, e.text);
        end_film(j, false);
    }
}

static void start_next_film(struct jobs *j)
{
    LIST_EACH (struct film, f, &j->films, in_films) {
        if (j->running)
            return;
        if (f->state == FILM_WAITING)
            start_film(j, f);
    }
}

/* A film that was stopped, and whose process hangs; the next pass clears up after it. */
static void kill_stopped(struct jobs *j)
{
    if (!j->running || j->running->state != FILM_STOPPED)
        return;
    job_process_kill(&j->mix);
    end_film(j, false);
    j->is_tend_wanted = true;
}

void jobs_dispatch(struct jobs *j)
{
    bool succeeded;

    if (has_expired(j->timer_fd))
        j->is_tend_wanted = true;
    if (j->tend.pid > 0 && job_process_turn(&j->tend, take_nothing, NULL, &succeeded) && !succeeded)
        log_warn(&ctx, "nereid-recording tend has failed");
    if (j->mix.pid > 0 && job_process_turn(&j->mix, take_line, j, &succeeded))
        end_film(j, succeeded);
    if (has_expired(j->kill_fd))
        kill_stopped(j);
    if (j->is_tend_wanted && j->tend.pid == 0)
        start_tend(j);
    start_next_film(j);
}

/* ---- what is asked for ---- */

void jobs_tend(struct jobs *j)
{
    if (j && !j->is_tend_wanted)
        set_timer(j->timer_fd, TEND_SOON_S);
}

static struct film *find_open(struct jobs *j, const char *group, const char *start_time)
{
    LIST_EACH (struct film, f, &j->films, in_films) {
        if (film_is_open(f) && strcmp(f->group, group) == 0 && strcmp(f->start, start_time) == 0)
            return f;
    }
    return NULL;
}

int jobs_film(struct jobs *j, const char *group, const char *start_time, int64_t wall_us,
              struct error *e)
{
    struct film *f;

    if (!j || !j->program)
        return error_set(e, ERR_UNAVAILABLE, NULL, "there is no nereid-recording beside mediad");
    if (find_open(j, group, start_time))
        return error_set(e, ERR_EXISTS, NULL, "this film is being made already");
    if (j->n_waiting >= FILMS_WAITING_MAX)
        return error_set(e, ERR_BUSY, NULL, "too many films wait to be made");
    f = calloc(1, sizeof *f);
    if (f) {
        f->group = strdup(group);
        f->start = strdup(start_time);
    }
    if (!f || !f->group || !f->start) {
        if (f)
            film_free(f);
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    }
    f->asked_us = wall_us;
    forget_oldest(j);
    list_append(&j->films, &f->in_films);
    j->n_films++;
    j->n_waiting++;
    start_next_film(j);
    return 0;
}

int jobs_stop_film(struct jobs *j, const char *group, const char *start_time)
{
    struct film *f = j ? find_open(j, group, start_time) : NULL;

    if (!f)
        return ERR_NOT_FOUND;
    f->state = FILM_STOPPED;
    if (f != j->running) {
        j->n_waiting--;
        return 0;
    }
    job_process_ask_to_end(&j->mix);
    set_timer(j->kill_fd, STOP_PATIENCE_S);
    return 0;
}

void jobs_each_film(const struct jobs *j, const char *group,
                    void (*each)(void *arg, const struct film_job *film), void *arg)
{
    if (!j)
        return;
    LIST_EACH (const struct film, f, &j->films, in_films) {
        const struct film_job job = {.group = f->group,
                                     .start = f->start,
                                     .state = f->state,
                                     .progress = f->progress,
                                     .file = f->file,
                                     .why = f->why,
                                     .asked_us = f->asked_us};

        if (!group || strcmp(group, f->group) == 0)
            each(arg, &job);
    }
}

/* ---- set-up ---- */

/* Most servers record nothing. */
static bool has_recordings(const char *directory)
{
    DIR *d = opendir(directory);
    struct dirent *entry;
    bool is_one = false;

    if (!d)
        return false;
    while (!is_one && (entry = readdir(d)))
        is_one = entry->d_name[0] != '.';
    closedir(d);
    return is_one;
}

int jobs_new(struct jobs **out, const char *directory, struct error *e)
{
    struct jobs *j = calloc(1, sizeof *j);

    if (!j)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    job_process_init(&j->tend);
    job_process_init(&j->mix);
    j->program = neighbour_find("recording", "nereid-recording");
    j->directory = strdup(directory);
    j->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    j->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    j->kill_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (!j->directory || j->epoll_fd < 0 || j->timer_fd < 0 || j->kill_fd < 0 ||
        watch(j, j->timer_fd) < 0 || watch(j, j->kill_fd) < 0) {
        int r = error_set_errno(e, NULL, "recordings cannot be looked after");

        jobs_free(j);
        return r;
    }
    if (!j->program)
        log_warn(&ctx, "there is no nereid-recording beside mediad: recordings that a crash leaves "
                       "unfinished stay so");
    set_timer(j->timer_fd, TEND_EVERY_S);
    if (j->program && has_recordings(directory))
        start_tend(j);
    *out = j;
    return 0;
}

void jobs_free(struct jobs *j)
{
    if (!j)
        return;
    job_process_kill(&j->tend);
    job_process_kill(&j->mix);
    LIST_EACH_REMOVING (struct film, f, &j->films, in_films)
        film_free(f);
    if (j->timer_fd >= 0)
        close(j->timer_fd);
    if (j->kill_fd >= 0)
        close(j->kill_fd);
    if (j->epoll_fd >= 0)
        close(j->epoll_fd);
    free(j->directory);
    free(j->program);
    free(j);
}

int jobs_event_fd(const struct jobs *j)
{
    return j->epoll_fd;
}
