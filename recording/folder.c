#include "recording/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/buf.h"

#define FOLDER_MODE 02770
#define NAMES_MAX 1000000
/* A sweep holds the lock of what it removes for a moment. */
#define LOCK_TRIES 20
#define LOCK_PAUSE_US 10000

int folder_open(int at, const char *path)
{
    const struct open_how how = {
        .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };

    return (int)syscall(SYS_openat2, at, path, &how, sizeof how);
}

int folder_make(int at, const char *name)
{
    int fd = folder_open(at, name);

    if (fd >= 0 || errno != ENOENT)
        return fd;
    if (mkdirat(at, name, FOLDER_MODE & 0777) < 0 && errno != EEXIST)
        return -1;
    fd = folder_open(at, name);
    /* As the folder above it, whose group reads and writes here, too. */
    if (fd >= 0 && fchmod(fd, FOLDER_MODE) < 0 && errno != EPERM) {
        close(fd);
        return -1;
    }
    return fd;
}

int folder_open_file(int folder, const char *name, int flags, mode_t mode)
{
    /* A FIFO in a file's place would keep us waiting. */
    int fd = openat(folder, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, mode);
    struct stat st;

    if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))) {
        close(fd);
        errno = EINVAL;
        return -1;
    }
    return fd;
}

int folder_make_locked(int folder, const char *name, mode_t mode)
{
    for (int i = 0;; i++) {
        int fd = folder_open_file(folder, name, O_RDWR | O_CREAT, mode);

        if (fd < 0)
            return -1;
        if (flock(fd, LOCK_EX | LOCK_NB) == 0 && folder_is_same(folder, name, fd))
            return fd;
        close(fd);
        if (i == LOCK_TRIES) {
            errno = EWOULDBLOCK;
            return -1;
        }
        usleep(LOCK_PAUSE_US);
    }
}

bool folder_has_file(int folder, const char *name, struct stat *st)
{
    struct stat own;

    if (!st)
        st = &own;
    return fstatat(folder, name, st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st->st_mode);
}

bool folder_is_same(int folder, const char *name, int fd)
{
    struct stat by_name, opened;

    return folder_has_file(folder, name, &by_name) && fstat(fd, &opened) == 0 &&
           by_name.st_dev == opened.st_dev && by_name.st_ino == opened.st_ino;
}

/* ---- lists ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool add_name(struct folder_names *list, size_t *size, const char *name)
{
    if (list->n == *size) {
        size_t bigger = *size ? 2 * *size : 64;
        char **names = realloc(list->names, bigger * sizeof *names);

        if (!names)
            return false;
        list->names = names;
        *size = bigger;
    }
    list->names[list->n] = strdup(name);
    if (!list->names[list->n])
        return false;
    list->n++;
    return true;
}

int folder_list(struct folder_names *out, int folder, struct error *e)
{
    int own = folder_open(folder, ".");
    DIR *d = own >= 0 ? fdopendir(own) : NULL;
    struct folder_names list = {0};
    struct dirent *entry;
    size_t size = 0;
    bool is_whole = true;

    if (!d) {
        int r = error_set_errno(e, NULL, "the folder cannot be read");

        if (own >= 0)
            close(own);
        return r;
    }
    while (is_whole && list.n < NAMES_MAX && (entry = readdir(d))) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            is_whole = add_name(&list, &size, entry->d_name);
    }
    closedir(d);
    if (!is_whole) {
        folder_names_release(&list);
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    }
    if (list.n > 1)
        qsort(list.names, list.n, sizeof *list.names, by_name);
    *out = list;
    return 0;
}

void folder_names_release(struct folder_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        free(names->names[i]);
    free(names->names);
    *names = (struct folder_names){0};
}

/* ---- names ---- */

char *folder_path(int fd, const char *name)
{
    struct buf path = {0};

    buf_printf(&path, "/proc/self/fd/%d", fd);
    if (name) {
        buf_add_char(&path, '/');
        buf_add_str(&path, name);
    }
    if (buf_check(&path) < 0)
        buf_release(&path);
    return path.data;
}

bool name_ends(const char *name, const char *suffix)
{
    size_t len = strlen(name), suffix_len = strlen(suffix);

    return len > suffix_len && strcmp(name + len - suffix_len, suffix) == 0;
}

bool name_is_recording(const char *name)
{
    return name[0] != '.' && (name_ends(name, ".webm") || name_ends(name, ".mkv"));
}

bool name_is_part(const char *name)
{
    return name[0] != '.' && (name_ends(name, ".webm.part") || name_ends(name, ".mkv.part"));
}
