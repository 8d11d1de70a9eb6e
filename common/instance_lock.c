#include "common/instance_lock.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static int busy(int fd, const char *path, struct error *e)
{
    char pid[24] = "";
    ssize_t n = pread(fd, pid, sizeof pid - 1, 0);

    for (ssize_t i = 0; i < n; i++) {
        if (!isdigit((unsigned char)pid[i]))
            pid[i] = '\0';
    }
    return error_set(e, ERR_BUSY, path, "already running here, process %s",
                     *pid != '\0' ? pid : "unknown");
}

int instance_lock_take(int *fd_out, const char *path, struct error *e)
{
    char pid[24];
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640), n, r = 0;

    if (fd < 0)
        return error_set_errno(e, path, "cannot open the lock file");
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        r = errno == EWOULDBLOCK ? busy(fd, path, e) : error_set_errno(e, path, "cannot lock");
        close(fd);
        return r;
    }
    n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) < 0 || pwrite(fd, pid, (size_t)n, 0) != n) {
        r = error_set_errno(e, path, "cannot write the lock file");
        close(fd);
        return r;
    }
    *fd_out = fd;
    return 0;
}
