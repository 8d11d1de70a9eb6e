#include "supervisor/children.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "common/now.h"
#include "supervisor/accounts.h"
#include "supervisor/orphans.h"

/* As the shell says it of a program that cannot be run. */
#define EXIT_NOT_RUN 127
#define ENDING_PATIENCE_US (6 * US_PER_S)
#define ORPHAN_PATIENCE_US (1 * US_PER_S)
#define READY_POLL_US (50 * US_PER_MS)
#define ORPHAN_POLL_US (20 * US_PER_MS)
#define LOOK_US (500 * US_PER_MS)
#define COMPLAIN_US (60 * US_PER_S)

static const struct log_ctx ctx = {.room = "supervisor"};

struct loop {
    struct child *children;
    size_t count;
    sigset_t watched;         /* signals that sigtimedwait() takes */
    sigset_t inherited;       /* the mask children get */
    int64_t orphans_since_us; /* when leftovers were first asked to end; 0 without any */
    int64_t ending_since_us;  /* 0 while running */
    bool was_killed;          /* the ones that did not end in time got SIGKILL */
    int64_t look_at_us;
    bool is_ready;
    const struct children_hooks *hooks;
};

static _Noreturn void become(const struct loop *loop, const struct child *child, pid_t parent)
{
    int fd = child->stdin_fd;

    if (child->user != 0 && accounts_become(child->user, child->group, child->may_bind) < 0) {
        log_error(&ctx, "cannot become the user of %s: %s", child->name, strerror(errno));
        _exit(EXIT_NOT_RUN);
    }
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* a change of user takes it back */
    if (getppid() != parent)
        _exit(1); /* the supervisor died before the line above */
    if (fd < 0)
        fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || dup2(fd, 0) < 0)
        _exit(EXIT_NOT_RUN);
    if (fcntl(loop->hooks->handed_down_fd, F_SETFD, 0) < 0)
        _exit(EXIT_NOT_RUN);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &loop->inherited, NULL);
    execv(child->argv[0], (char *const *)child->argv);
    log_error(&ctx, "cannot run %s: %s", child->argv[0], strerror(errno));
    _exit(EXIT_NOT_RUN);
}

static void start(const struct loop *loop, struct child *child, int64_t now_us)
{
    const pid_t parent = getpid();
    const pid_t pid = fork();

    backoff_started(&child->backoff, now_us);
    if (pid == 0)
        become(loop, child, parent);
    if (pid > 0) {
        child->pid = pid;
        if (!backoff_is_down(&child->backoff))
            log_info(&ctx, "started %s, pid %ld", child->name, (long)pid);
        return;
    }
    if (!backoff_is_down(&child->backoff))
        log_error(&ctx, "cannot start %s: %s", child->name, strerror(errno));
    backoff_ended(&child->backoff, EXIT_NOT_RUN << 8, now_us);
}

void children_reason(const struct child *child, char out[CHILDREN_REASON_SIZE])
{
    const int status = child->backoff.status;

    snprintf(out, CHILDREN_REASON_SIZE, "%s %d", WIFSIGNALED(status) ? "signal" : "status",
             WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

/** One line a minute about a program that is down, and its next try. */
static void complain(struct child *child, int64_t now_us)
{
    char reason[CHILDREN_REASON_SIZE];

    if (child->pid > 0 || !backoff_is_down(&child->backoff) ||
        (child->complained_us != 0 && now_us - child->complained_us < COMPLAIN_US))
        return;
    child->complained_us = now_us;
    children_reason(child, reason);
    log_error(&ctx,
              "%s is down: it failed %u times in a row, last with %s, as its own lines say; it is "
              "tried again at least every %d s, and the others go on",
              child->name, child->backoff.failures, reason, (int)(BACKOFF_LONGEST_US / US_PER_S));
}

static void signal_all(const struct loop *loop, int sig)
{
    for (size_t i = 0; i < loop->count; i++) {
        if (loop->children[i].pid > 0)
            kill(loop->children[i].pid, sig);
    }
}

static size_t signal_orphans(const struct loop *loop, int sig)
{
    pid_t known[CHILDREN_MAX];

    for (size_t i = 0; i < loop->count; i++)
        known[i] = loop->children[i].pid;
    return orphans_signal(known, loop->count, sig);
}

static void begin_ending(struct loop *loop, int64_t now_us)
{
    if (loop->ending_since_us != 0)
        return;
    loop->ending_since_us = now_us;
    signal_all(loop, SIGTERM);
    signal_orphans(loop, SIGTERM);
}

static void child_ended(struct loop *loop, struct child *child, int status, int64_t now_us)
{
    const long pid = (long)child->pid;

    child->pid = 0;
    if (loop->ending_since_us != 0)
        return;
    if (!backoff_ended(&child->backoff, status, now_us) || !backoff_is_down(&child->backoff)) {
        if (WIFSIGNALED(status))
            log_warn(&ctx, "%s, pid %ld, ended by signal %d", child->name, pid, WTERMSIG(status));
        else
            log_warn(&ctx, "%s, pid %ld, ended with status %d", child->name, pid,
                     WEXITSTATUS(status));
    }
    loop->hooks->ended(loop->hooks->arg, child);
}

/** @return false when no child is left at all */
static bool reap(struct loop *loop, int64_t now_us)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (size_t i = 0; i < loop->count; i++) {
            if (loop->children[i].pid == pid)
                child_ended(loop, &loop->children[i], status, now_us);
        }
    }
    return pid == 0 || errno != ECHILD;
}

/**
 * Start what is due. What a dead program left behind must be gone before, since it may hold the
 * port or write the same files. @return when to look again
 */
static int64_t start_due(struct loop *loop, int64_t now_us)
{
    int64_t next_us = now_us + LOOK_US;

    for (size_t i = 0; i < loop->count; i++) {
        struct child *child = &loop->children[i];

        if (child->pid > 0)
            continue;
        complain(child, now_us);
        if (child->has_children && child->backoff.has_run && signal_orphans(loop, 0) > 0) {
            if (loop->orphans_since_us == 0) {
                loop->orphans_since_us = now_us;
                signal_orphans(loop, SIGTERM);
            } else if (now_us - loop->orphans_since_us >= ORPHAN_PATIENCE_US) {
                signal_orphans(loop, SIGKILL);
            }
            next_us = now_us + ORPHAN_POLL_US;
            continue;
        }
        if (child->has_children)
            loop->orphans_since_us = 0;
        if (child->backoff.restart_at_us <= now_us)
            start(loop, child, now_us);
        else if (child->backoff.restart_at_us < next_us)
            next_us = child->backoff.restart_at_us;
    }
    return next_us;
}

/** Waits for a signal until `until_us`. @return its number, 0 when time ran out */
static int wait_signal(const struct loop *loop, int64_t until_us)
{
    const int64_t left_us = until_us - now_monotonic_us();
    const struct timespec limit = {
        .tv_sec = left_us > 0 ? left_us / US_PER_S : 0,
        .tv_nsec = left_us > 0 ? left_us % US_PER_S * 1000 : 0,
    };
    const int sig = sigtimedwait(&loop->watched, NULL, &limit);

    return sig > 0 ? sig : 0;
}

/** One turn while ending. @return when to look again */
static int64_t keep_ending(struct loop *loop, int64_t now_us)
{
    const int64_t kill_at_us = loop->ending_since_us + ENDING_PATIENCE_US;

    if (now_us < kill_at_us)
        return kill_at_us;
    if (!loop->was_killed)
        log_warn(&ctx, "killing what did not end in %d s", (int)(ENDING_PATIENCE_US / US_PER_S));
    loop->was_killed = true;
    signal_all(loop, SIGKILL);
    signal_orphans(loop, SIGKILL); /* killing a parent makes its children ours: hence every turn */
    return now_us + ORPHAN_POLL_US;
}

/** Ask and tell the owner what is due. @return when to look again */
static int64_t call_hooks(struct loop *loop, int64_t now_us, int64_t next_us)
{
    const struct children_hooks *hooks = loop->hooks;

    if (!loop->is_ready && hooks->is_ready(hooks->arg)) {
        loop->is_ready = true;
        hooks->announce(hooks->arg);
    }
    if (now_us >= loop->look_at_us) {
        loop->look_at_us = now_us + LOOK_US;
        hooks->look(hooks->arg, now_us);
    }
    if (!loop->is_ready && next_us > now_us + READY_POLL_US)
        next_us = now_us + READY_POLL_US;
    return next_us < loop->look_at_us ? next_us : loop->look_at_us;
}

static void init_signals(struct loop *loop)
{
    sigemptyset(&loop->watched);
    sigaddset(&loop->watched, SIGCHLD);
    sigaddset(&loop->watched, SIGTERM);
    sigaddset(&loop->watched, SIGINT);
    sigaddset(&loop->watched, SIGHUP);
    sigprocmask(SIG_BLOCK, &loop->watched, &loop->inherited);
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
}

void children_run(struct child *children, size_t count, const struct children_hooks *hooks)
{
    struct loop loop = {.children = children, .count = count, .hooks = hooks};

    init_signals(&loop);
    for (;;) {
        const int64_t now_us = now_monotonic_us();
        const bool has_children = reap(&loop, now_us);
        int64_t next_us;
        int sig;

        if (loop.ending_since_us != 0) {
            if (!has_children)
                return;
            next_us = keep_ending(&loop, now_us);
        } else {
            next_us = call_hooks(&loop, now_us, start_due(&loop, now_us));
        }
        sig = wait_signal(&loop, next_us);
        if (sig != 0 && sig != SIGCHLD)
            begin_ending(&loop, now_monotonic_us());
    }
}
