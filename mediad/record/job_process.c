#include "mediad/record/job_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/macros.h"
#include "common/neighbour.h"

void job_process_init(struct job_process *p)
{
    *p = (struct job_process){.end_fd = -1, .out_fd = -1};
}

int job_process_start(struct job_process *p, const char *program, const char *const *arguments,
                      struct error *e)
{
    char own_pid[24];
    char *argv[4 + JOB_ARGUMENTS_MAX] = {(char *)program, "--die-with", own_pid};
    size_t n = 3;
    int ends[2], r;

    while (*arguments && n < LENGTH(argv) - 1)
        argv[n++] = (char *)*arguments++;
    snprintf(own_pid, sizeof own_pid, "%ld", (long)getpid());
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_set_errno(e, NULL, "a pipe cannot be made");
    r = neighbour_start(&p->pid, program, argv, -1, ends[1]);
    close(ends[1]);
    p->out_fd = ends[0];
    p->len = 0;
    if (r != 0) {
        p->pid = 0;
        close(p->out_fd);
        p->out_fd = -1;
        errno = r;
        return error_set_errno(e, NULL, "nereid-recording cannot be started");
    }
    p->end_fd = pidfd_open(p->pid, 0);
    if (p->end_fd < 0 || fcntl(p->out_fd, F_SETFL, O_NONBLOCK) < 0) {
        r = error_set_errno(e, NULL, "nereid-recording cannot be watched");
        job_process_kill(p);
        return r;
    }
    return 0;
}

/* @return false when there will be no more */
static bool read_lines(struct job_process *p, void (*take)(void *arg, char *line), void *arg)
{
    char bytes[4096];
    ssize_t n;

    while ((n = read(p->out_fd, bytes, sizeof bytes)) > 0) {
        for (ssize_t i = 0; i < n; i++) {
            if (bytes[i] == '\n') {
                p->line[p->len] = 0;
                p->len = 0;
                take(arg, p->line);
            } else if (p->len < sizeof p->line - 1) {
                p->line[p->len++] = bytes[i];
            }
        }
    }
    return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static void forget(struct job_process *p)
{
    if (p->out_fd >= 0)
        close(p->out_fd);
    if (p->end_fd >= 0)
        close(p->end_fd);
    job_process_init(p);
}

bool job_process_turn(struct job_process *p, void (*take)(void *arg, char *line), void *arg,
                      bool *succeeded)
{
    int status = 0;
    /* Asked before its lines are read: what it said last is then among them. */
    bool has_ended = waitpid(p->pid, &status, WNOHANG) != 0;

    /* A pipe without a writer stays readable, which would keep the loop turning. */
    if (p->out_fd >= 0 && !read_lines(p, take, arg)) {
        close(p->out_fd);
        p->out_fd = -1;
    }
    if (has_ended) {
        *succeeded = WIFEXITED(status) && WEXITSTATUS(status) == 0;
        forget(p);
    }
    return has_ended;
}

void job_process_ask_to_end(const struct job_process *p)
{
    if (p->pid > 0)
        (void)kill(p->pid, SIGTERM);
}

void job_process_kill(struct job_process *p)
{
    if (p->pid > 0) {
        kill(p->pid, SIGKILL);
        while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    forget(p);
}
