#include "supervisor/backoff.h"

#include <signal.h>
#include <sys/wait.h>

void backoff_started(struct backoff *b, int64_t now_us)
{
    b->started_us = now_us;
    b->has_run = true;
}

/* signal(7): those that the kernel sends for what the program itself did. */
static bool is_fault(int sig)
{
    switch (sig) {
    case SIGABRT:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGPIPE:
    case SIGSEGV:
    case SIGSYS:
    case SIGTRAP:
    case SIGXCPU:
    case SIGXFSZ:
        return true;
    default:
        return false;
    }
}

static int64_t wait_after_failure_us(unsigned failures)
{
    int64_t wait_us = BACKOFF_FIRST_US;

    for (unsigned i = 1; i < failures && wait_us < BACKOFF_LONGEST_US; i++)
        wait_us *= 2;
    return wait_us < BACKOFF_LONGEST_US ? wait_us : BACKOFF_LONGEST_US;
}

bool backoff_ended(struct backoff *b, int status, int64_t now_us)
{
    const int64_t alive_us = now_us - b->started_us;
    const bool has_failed =
        WIFSIGNALED(status) ? is_fault(WTERMSIG(status)) : WEXITSTATUS(status) != 0;
    int64_t wait_us = BACKOFF_FIRST_US;

    if (alive_us >= BACKOFF_ALIVE_US)
        b->failures = 0;
    if (has_failed) {
        b->status = status;
        b->failures++;
        wait_us = wait_after_failure_us(b->failures);
    } else if (WIFEXITED(status) && alive_us < BACKOFF_BRIEF_US) {
        wait_us = BACKOFF_BRIEF_US;
    }
    b->restart_at_us = now_us + wait_us;
    return has_failed;
}

bool backoff_is_down(const struct backoff *b)
{
    return b->failures >= BACKOFF_DOWN;
}
