#include "common/reserve_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/atomic_file.h"
#include "common/log.h"

#define NAME "reserve"

/* What a program without privileges may still write. @return false when nobody knows */
static bool free_bytes(int dir_fd, uint64_t *out)
{
    struct statvfs st;

    if (fstatvfs(dir_fd, &st) < 0)
        return false;
    *out = (uint64_t)st.f_bavail * st.f_frsize;
    return true;
}

static bool is_there(int dir_fd)
{
    struct stat st;

    return fstatat(dir_fd, NAME, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

int reserve_file_make(int dir_fd, struct error *e)
{
    uint64_t room;
    int fd, failed;

    if (is_there(dir_fd) || !free_bytes(dir_fd, &room) || room < 4 * RESERVE_BYTES)
        return 0;
    fd = openat(dir_fd, NAME, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return errno == EEXIST ? 0 : error_set_errno(e, NULL, "cannot make data/" NAME);
    failed = posix_fallocate(fd, 0, RESERVE_BYTES);
    close(fd);
    if (!failed)
        return 0;
    unlinkat(dir_fd, NAME, 0);
    errno = failed;
    return error_set_errno(e, NULL, "cannot make data/" NAME);
}

bool reserve_file_release(int dir_fd)
{
    uint64_t room;

    return free_bytes(dir_fd, &room) && room < RESERVE_BYTES / 2 && unlinkat(dir_fd, NAME, 0) == 0;
}

void reserve_file_release_for_start(const char *state_dir)
{
    static const struct log_ctx ctx = {.room = "disk"};
    char *path = path_join(state_dir, "data");
    int fd = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

    if (fd >= 0 && reserve_file_release(fd))
        log_warn(&ctx, "the disk is full; data/" NAME " was given up for this start");
    if (fd >= 0)
        close(fd);
    free(path);
}

bool reserve_file_is_spent(int dir_fd)
{
    uint64_t room;

    return free_bytes(dir_fd, &room) && room < RESERVE_BYTES && !is_there(dir_fd);
}
