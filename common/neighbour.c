#include "common/neighbour.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <unistd.h>

#include "common/buf.h"

extern char **environ;

char *neighbour_find(const char *room, const char *name)
{
    char own[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", own, sizeof own - 1);
    struct buf path = {0};

    if (len <= 0)
        return NULL;
    own[len] = 0;
    *(strrchr(own, '/') + 1) = 0;
    buf_printf(&path, "%s%s", own, name);
    if (buf_check(&path) == 0 && access(buf_str(&path), X_OK) == 0)
        return path.data;
    buf_clear(&path);
    buf_printf(&path, "%s../%s/%s", own, room, name);
    if (buf_check(&path) == 0 && access(buf_str(&path), X_OK) == 0)
        return path.data;
    buf_release(&path);
    return NULL;
}

int neighbour_start(pid_t *pid, const char *program, char *const *argv, int in_fd, int out_fd)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    int r;

    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    r = in_fd >= 0
            ? posix_spawn_file_actions_adddup2(&files, in_fd, STDIN_FILENO)
            : posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (r == 0)
        r = posix_spawn_file_actions_adddup2(&files, out_fd, STDOUT_FILENO);
    if (r == 0)
        r = posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    if (r == 0)
        r = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (r == 0)
        r = posix_spawnattr_setsigmask(&attributes, &none);
    if (r == 0)
        r = posix_spawnattr_setsigdefault(&attributes, &all);
    if (r == 0)
        r = posix_spawn(pid, program, &files, &attributes, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    return r;
}
