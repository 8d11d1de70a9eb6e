#include "network/probe_all.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/now.h"
#include "network/ice_probe.h"

struct asker {
    pid_t pid; /* 0: none */
    int fd;    /* -1: nothing is waited for */
};

/* In the process of its own: nothing of the parent's is touched, and nothing of it ends with us. */
static _Noreturn void ask(const struct probe_row *row, int fd)
{
    struct probe_result result;
    ssize_t n;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_IGN);
    ice_probe(&result, row->url, row->username, row->password);
    n = write(fd, &result, sizeof result);
    _exit(n == (ssize_t)sizeof result ? 0 : 1);
}

static void start(struct asker *asker, struct probe_row *row)
{
    int ends[2];

    *asker = (struct asker){.fd = -1};
    row->result = (struct probe_result){.outcome = PROBE_FAILED};
    if (pipe2(ends, O_CLOEXEC) < 0)
        return;
    asker->pid = fork();
    if (asker->pid == 0)
        ask(row, ends[1]);
    close(ends[1]);
    if (asker->pid < 0) {
        asker->pid = 0;
        close(ends[0]);
        return;
    }
    asker->fd = ends[0];
    row->result.outcome = PROBE_LATE;
}

/* Less than PIPE_BUF: it comes whole, or not at all. */
static void read_result(struct asker *asker, struct probe_row *row)
{
    struct probe_result result;

    if (read(asker->fd, &result, sizeof result) == (ssize_t)sizeof result)
        row->result = result;
    else
        row->result.outcome = PROBE_FAILED;
    row->result.text[PROBE_TEXT_SIZE - 1] = 0;
    close(asker->fd);
    asker->fd = -1;
}

static void stop(struct asker *asker)
{
    if (asker->fd >= 0) {
        kill(asker->pid, SIGKILL);
        close(asker->fd);
    }
    while (asker->pid && waitpid(asker->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

void probe_all(struct probe_row *rows, size_t n)
{
    struct asker askers[NETWORK_TEST_MAX];
    struct pollfd polled[NETWORK_TEST_MAX];
    int64_t end_us = now_monotonic_us() + NETWORK_TEST_LIMIT_MS * 1000, left_us;
    size_t waiting = 0;

    for (size_t i = 0; i < n; i++) {
        start(&askers[i], &rows[i]);
        waiting += askers[i].fd >= 0;
    }
    while (waiting > 0 && (left_us = end_us - now_monotonic_us()) > 0) {
        for (size_t i = 0; i < n; i++)
            polled[i] = (struct pollfd){.fd = askers[i].fd, .events = POLLIN};
        if (poll(polled, n, (int)(left_us / 1000 + 1)) < 0 && errno != EINTR)
            break;
        for (size_t i = 0; i < n; i++) {
            if (askers[i].fd >= 0 && polled[i].revents) {
                read_result(&askers[i], &rows[i]);
                waiting--;
            }
        }
    }
    for (size_t i = 0; i < n; i++)
        stop(&askers[i]);
}
