#include "supervisor/predecessors.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/now.h"
#include "common/span.h"

#define POLL_US (20 * US_PER_MS)
#define KILL_AFTER_US (3 * US_PER_S)
#define GIVE_UP_AFTER_US (10 * US_PER_S)

static const struct log_ctx ctx = {.room = "supervisor"};

/** Whether the process has this file open. */
static bool has_open(const char *pid, const struct stat *file)
{
    char path[64];
    const struct dirent *entry;
    bool found = false;
    DIR *fds;

    snprintf(path, sizeof path, "/proc/%.20s/fd", pid);
    fds = opendir(path);
    if (!fds)
        return false; /* it ended, or is not ours to look at */
    while (!found && (entry = readdir(fds)) != NULL) {
        struct stat st;

        found = fstatat(dirfd(fds), entry->d_name, &st, 0) == 0 && st.st_dev == file->st_dev &&
                st.st_ino == file->st_ino;
    }
    closedir(fds);
    return found;
}

/** Signal all who have the file open but us. @return one of them, 0 when none was found */
static pid_t signal_holders(int fd, int sig)
{
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    struct stat file;
    pid_t one = 0;

    if (!proc)
        return 0;
    if (fstat(fd, &file) < 0) {
        closedir(proc);
        return 0;
    }
    while ((entry = readdir(proc)) != NULL) {
        uint64_t pid;

        if (!span_u64(span_str(entry->d_name), &pid) || (pid_t)pid == getpid() ||
            !has_open(entry->d_name, &file))
            continue;
        one = (pid_t)pid;
        if (sig != 0)
            kill(one, sig);
    }
    closedir(proc);
    return one;
}

static int wait_for_lock(int fd, bool *had_some, struct error *e)
{
    const struct timespec pause = {.tv_nsec = POLL_US * 1000};
    const int64_t began_us = now_monotonic_us();

    while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        const int64_t waited_us = now_monotonic_us() - began_us;

        if (errno != EWOULDBLOCK)
            return error_set_errno(e, "run/programs.lock", "cannot lock");
        if (waited_us >= GIVE_UP_AFTER_US)
            return error_set(e, ERR_BUSY, NULL,
                             "programs of an earlier start do not end, among them process %ld",
                             (long)signal_holders(fd, 0));
        if (!*had_some) {
            log_info(&ctx, "ending what a killed supervisor left behind");
            signal_holders(fd, SIGTERM);
        } else if (waited_us >= KILL_AFTER_US) {
            signal_holders(fd, SIGKILL);
        }
        *had_some = true;
        nanosleep(&pause, NULL);
    }
    return 0;
}

int predecessors_end(int *fd_out, bool *had_some, const char *path, struct error *e)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
    int r;

    if (fd < 0)
        return error_set_errno(e, path, "cannot open the lock file");
    *had_some = false;
    r = wait_for_lock(fd, had_some, e);
    if (r < 0) {
        close(fd);
        return r;
    }
    *fd_out = fd;
    return 0;
}
