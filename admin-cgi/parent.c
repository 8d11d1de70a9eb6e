#include "admin-cgi/parent.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "admin-cgi/keeper.h"
#include "admin-cgi/live_board.h"
#include "admin-cgi/shared.h"
#include "admin-cgi/view/views.h"
#include "admin-cgi/words.h"
#include "admin-cgi/worker.h"
#include "common/instance_lock.h"
#include "common/log.h"
#include "common/now.h"

#define STUCK_US (30 * US_PER_S)
#define TICK_S 2
#define END_WAIT_US (6 * US_PER_S)
#define RESTART_DELAY_US US_PER_S
#define WANTS_ALONE 3 /* status of a keeper that can go on only when no worker runs */

static const struct log_ctx ctx = {.room = "admin"};

/* Set by the handler of SIGTERM and SIGINT, in the parent and in each child. */
static volatile int stop;
/* Set by the handler of SIGUSR1, for the parent: all children are to be started anew. */
static volatile int anew;

struct child {
    pid_t pid;
    int64_t started_us;
    int64_t restart_at_us; /* monotonic; 0: at once */
};

struct parent {
    const struct app_options *options;
    struct app_paths paths;
    struct shared *shared;
    struct live_board *board;
    struct words *words;
    struct views *views;
    int lock_fd;
    unsigned n_workers;
    struct child keeper;
    struct child workers[SHARED_WORKERS_MAX];
};

static void on_stop(int number)
{
    (void)number;
    stop = 1;
}

static void on_anew(int number)
{
    (void)number;
    anew = 1;
}

static void catch_signals(void)
{
    const struct sigaction end = {.sa_handler = on_stop}; /* no SA_RESTART: accept() returns */
    const struct sigaction again = {.sa_handler = on_anew};
    const struct sigaction ignore = {.sa_handler = SIG_IGN};

    sigaction(SIGTERM, &end, NULL);
    sigaction(SIGINT, &end, NULL);
    sigaction(SIGUSR1, &again, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
}

static int acquire_instance_lock(struct parent *p, struct error *e)
{
    char *path = path_join(p->paths.run, "admin.lock");
    int r = 0;

    if (!path)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for a path name");
    if (mkdir(p->paths.run, 02750) < 0 && errno != EEXIST)
        r = error_set_errno(e, "run", "cannot make the directory");
    if (r == 0)
        r = instance_lock_take(&p->lock_fd, path, e);
    free(path);
    return r;
}

static void mark_ready(const struct parent *p, bool ready)
{
    char *path = path_join(p->paths.run, "admin.ready");
    struct error e = {0};
    char text[32];
    int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());

    if (path && ready) {
        if (file_replace(path, span_of(text, (size_t)n), 0640, &e) < 0)
            log_error(&ctx, "run/admin.ready: %s", e.text);
    } else if (path) {
        unlink(path);
    }
    free(path);
}

/* What every child does first: it ends with its parent. It keeps the lock open: nobody may take it,
 * as a restore by hand does, while one of a killed parent is left. */
static void become_child(pid_t parent_pid, const char *name)
{
    prctl(PR_SET_NAME, name); /* for ps(1) */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent_pid) /* the parent died before the line above */
        _exit(1);
}

static int keeper_main(struct parent *p, bool is_alone, int ready_fd)
{
    struct app app = {.shared = p->shared, .board = p->board, .worker = SHARED_WORKERS_MAX};
    struct error e = {0};
    int r = keeper_prepare(&app, p->options, is_alone, &e);

    if (r > 0)
        return WANTS_ALONE;
    if (r < 0) {
        char line[400];

        log_error(&ctx, "cannot start: %s", error_describe(&e, line, sizeof line));
        return 2;
    }
    if (write(ready_fd, "r", 1) != 1)
        return 1;
    close(ready_fd);
    keeper_run(&app, &stop);
    app_release(&app);
    return 0;
}

static int worker_main(struct parent *p, unsigned index)
{
    struct app app = {.shared = p->shared,
                      .board = p->board,
                      .worker = index,
                      .words = p->words,
                      .views = p->views};
    struct error e = {0};
    int status;

    if (app_init(&app, p->options, false, &e) < 0) {
        log_error(&ctx, "a worker cannot start: %s", e.text);
        return 1;
    }
    status = worker_run(&app, &stop);
    app_release(&app);
    return status;
}

static unsigned count_children(const struct parent *p)
{
    unsigned n = p->keeper.pid > 0 ? 1 : 0;

    for (unsigned i = 0; i < p->n_workers; i++)
        n += p->workers[i].pid > 0 ? 1 : 0;
    return n;
}

/* Fork the keeper and wait until everything is prepared. @return 0, or its exit status */
static int start_keeper(struct parent *p)
{
    const bool is_alone = count_children(p) == 0;
    pid_t parent_pid = getpid();
    int ready[2], status = 1;
    char byte;
    ssize_t n;

    if (pipe2(ready, O_CLOEXEC) < 0)
        return 1;
    p->keeper.pid = fork();
    if (p->keeper.pid == 0) {
        close(ready[0]);
        become_child(parent_pid, "admin-keeper");
        _exit(keeper_main(p, is_alone, ready[1]));
    }
    close(ready[1]);
    p->keeper.started_us = now_monotonic_us();
    do
        n = p->keeper.pid > 0 ? read(ready[0], &byte, 1) : -1;
    while (n < 0 && errno == EINTR && p->keeper.pid > 0 && !stop);
    close(ready[0]);
    if (n == 1)
        return 0;
    if (p->keeper.pid > 0) {
        if (stop)
            kill(p->keeper.pid, SIGTERM);
        waitpid(p->keeper.pid, &status, 0);
        p->keeper.pid = 0;
    }
    return WIFEXITED(status) && WEXITSTATUS(status) ? WEXITSTATUS(status) : 1;
}

static void start_worker(struct parent *p, unsigned index)
{
    pid_t parent_pid = getpid();
    pid_t pid;

    shared_worker_reset(p->shared, index);
    pid = fork();
    if (pid == 0) {
        become_child(parent_pid, "admin-worker");
        _exit(worker_main(p, index));
    }
    if (pid < 0) {
        log_error(&ctx, "cannot start a worker: %s", strerror(errno));
        p->workers[index].restart_at_us = now_monotonic_us() + RESTART_DELAY_US;
        return;
    }
    p->workers[index] = (struct child){.pid = pid, .started_us = now_monotonic_us()};
}

/* A child that ended at once is started again only after a while. */
static void forget(struct parent *p, struct child *child, const char *what, int status)
{
    int64_t now_us = now_monotonic_us();
    bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;

    if (!clean && !stop)
        log_warn(&ctx, "%s ended: %s %d", what, WIFSIGNALED(status) ? "signal" : "status",
                 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    shared_add(p->shared, COUNTER_WORKER_RESTARTS);
    child->pid = 0;
    child->restart_at_us =
        clean || now_us - child->started_us > RESTART_DELAY_US ? now_us : now_us + RESTART_DELAY_US;
}

static void reap(struct parent *p)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == p->keeper.pid)
            forget(p, &p->keeper, "the keeper", status);
        for (unsigned i = 0; i < p->n_workers; i++) {
            if (pid == p->workers[i].pid)
                forget(p, &p->workers[i], "a worker", status);
        }
    }
}

static void kill_stuck(struct parent *p)
{
    int64_t now_us = now_monotonic_us();

    for (unsigned i = 0; i < p->n_workers; i++) {
        if (p->workers[i].pid > 0 && shared_work_age_us(p->shared, i, now_us) > STUCK_US) {
            log_error(&ctx, "a worker is stuck for 30 s and is replaced");
            kill(p->workers[i].pid, SIGKILL);
        }
    }
}

static void restart(struct parent *p)
{
    int64_t now_us = now_monotonic_us();

    if (p->keeper.pid == 0 && now_us >= p->keeper.restart_at_us) {
        int status = start_keeper(p);

        if (status == WANTS_ALONE) {
            anew = 1;
            return;
        }
        if (status != 0)
            p->keeper.restart_at_us = now_us + 5 * RESTART_DELAY_US;
    }
    for (unsigned i = 0; i < p->n_workers; i++) {
        if (p->workers[i].pid == 0 && now_us >= p->workers[i].restart_at_us)
            start_worker(p, i);
    }
}

/* Until a child ends, a signal comes, or it is time to look around. */
static void wait_a_while(void)
{
    const struct timespec tick = {.tv_sec = TICK_S};
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigtimedwait(&set, NULL, &tick);
}

static void signal_children(const struct parent *p, int number)
{
    for (unsigned i = 0; i < p->n_workers; i++) {
        if (p->workers[i].pid > 0)
            kill(p->workers[i].pid, number);
    }
    if (p->keeper.pid > 0)
        kill(p->keeper.pid, number);
}

/* Requests that are being served are finished, within limits. */
static void end_children(struct parent *p)
{
    int64_t until_us = now_monotonic_us() + END_WAIT_US;
    const struct timespec step = {.tv_nsec = 100000000};
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    signal_children(p, SIGTERM);
    for (;;) {
        reap(p);
        if (count_children(p) == 0)
            return;
        if (now_monotonic_us() > until_us)
            signal_children(p, SIGKILL);
        else
            signal_children(p, SIGTERM); /* one may have been between two accepts */
        sigtimedwait(&set, NULL, &step);
    }
}

static unsigned cores(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    return n > 0 ? (unsigned)n : 1;
}

static int start_all(struct parent *p)
{
    int status = start_keeper(p);

    if (status != 0)
        return stop ? 0 : status;
    for (unsigned i = 0; i < p->n_workers && !stop; i++)
        start_worker(p, i);
    mark_ready(p, true);
    log_info(&ctx, "serving with %u workers", p->n_workers);
    return 0;
}

/* A backup is put back when nobody has the database open. Requests wait in the socket meanwhile. */
static int start_anew(struct parent *p)
{
    log_info(&ctx, "starting anew");
    mark_ready(p, false);
    end_children(p);
    anew = 0; /* for whatever reason it was asked meanwhile */
    return stop ? 0 : start_all(p);
}

static int serve(struct parent *p)
{
    int status = start_all(p);

    while (!stop && status == 0) {
        if (anew) {
            status = start_anew(p);
            continue;
        }
        wait_a_while();
        log_settle(now_monotonic_us());
        reap(p);
        kill_stuck(p);
        if (!stop && !anew)
            restart(p);
    }
    mark_ready(p, false);
    end_children(p);
    return status;
}

static int prepare(struct parent *p, struct error *e)
{
    int r = app_paths_init(&p->paths, p->options, e);

    if (r == 0)
        r = acquire_instance_lock(p, e);
    if (r == 0)
        r = words_new(&p->words, p->paths.locale, e);
    if (r == 0)
        r = views_new(&p->views, p->paths.templates, p->words, e);
    if (r == 0 &&
        (shared_new(&p->shared, p->n_workers, cores()) < 0 || live_board_new(&p->board) < 0))
        r = error_set(e, ERR_NO_MEMORY, NULL, "no memory to share");
    return r;
}

int parent_run(const struct app_options *options)
{
    struct parent p = {.options = options, .lock_fd = -1};
    struct error e = {0};
    sigset_t blocked;
    int status = 1;

    p.n_workers = options->workers ? options->workers : 2 * cores();
    if (!options->workers && p.n_workers < 4)
        p.n_workers = 4;
    if (p.n_workers > SHARED_WORKERS_MAX)
        p.n_workers = SHARED_WORKERS_MAX;
    /* Blocked, so that sigtimedwait() sees it; the children do not wait for children. */
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGCHLD);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    catch_signals();
    if (prepare(&p, &e) < 0) {
        char line[400];

        log_error(&ctx, "cannot start: %s", error_describe(&e, line, sizeof line));
    } else {
        mark_ready(&p, false);
        status = serve(&p);
    }
    views_free(p.views);
    words_free(p.words);
    live_board_free(p.board);
    shared_free(p.shared);
    app_paths_release(&p.paths);
    if (p.lock_fd >= 0)
        close(p.lock_fd);
    return status;
}
