#include "common/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "common/hex.h"

#define READ_TRIES 10
#define NAME_TRIES 100
#define NS_PER_S INT64_C(1000000000)

bool file_stamp_eq(const struct file_stamp *a, const struct file_stamp *b)
{
    return a->dev == b->dev && a->ino == b->ino && a->size_bytes == b->size_bytes &&
           a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns;
}

static int64_t timespec_ns(struct timespec t)
{
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

struct file_stamp file_stamp_of(const struct stat *st)
{
    return (struct file_stamp){
        .dev = st->st_dev,
        .ino = st->st_ino,
        .size_bytes = st->st_size,
        .mtime_ns = timespec_ns(st->st_mtim),
        .ctime_ns = timespec_ns(st->st_ctim),
    };
}

int file_stamp_read(struct file_stamp *out, const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return error_set_errno(NULL, NULL, "stat");
    *out = file_stamp_of(&st);
    return 0;
}

/* Everything from the descriptor's start to its end. */
static int read_once(struct buf *out, int fd, size_t size_max, size_t size_hint)
{
    if (lseek(fd, 0, SEEK_SET) < 0)
        return ERR_IO;
    for (;;) {
        size_t left = size_max - out->len;
        size_t want = size_hint > out->len ? size_hint - out->len : 4096;
        char *room;
        ssize_t got;

        if (want > left)
            want = left;
        room = buf_reserve(out, want + 1); /* one more shows what is too large */
        if (!room)
            return ERR_NO_MEMORY;
        got = read(fd, room, want + 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return ERR_IO;
        if (got == 0)
            return 0;
        if ((size_t)got > left)
            return ERR_TOO_LARGE;
        out->len += (size_t)got;
        out->data[out->len] = 0;
    }
}

static int read_stable(struct buf *out, int fd, const char *path, size_t size_max,
                       struct file_stamp *stamp, struct error *e)
{
    for (int i = 0; i < READ_TRIES; i++) {
        struct file_stamp before;
        struct file_stamp after;
        struct stat st;
        int r;

        if (fstat(fd, &st) < 0)
            return error_set_errno(e, path, "cannot be read");
        if (!S_ISREG(st.st_mode))
            return error_set(e, ERR_INVALID, path, "is not an ordinary file");
        before = file_stamp_of(&st);
        buf_clear(out);
        r = (uint64_t)st.st_size > size_max ? ERR_TOO_LARGE
                                            : read_once(out, fd, size_max, (size_t)st.st_size);
        if (r == ERR_TOO_LARGE)
            return error_set(e, r, path, "is larger than %zu bytes", size_max);
        if (r == ERR_NO_MEMORY)
            return error_set(e, r, path, "out of memory");
        if (r < 0 || fstat(fd, &st) < 0)
            return error_set_errno(e, path, "cannot be read");
        after = file_stamp_of(&st);
        if (file_stamp_eq(&before, &after)) {
            if (stamp)
                *stamp = after;
            return 0;
        }
    }
    return error_set(e, ERR_IO, path, "changes while it is read");
}

int file_read(struct buf *out, const char *path, size_t size_max, struct file_stamp *stamp,
              struct error *e)
{
    /* Not blocking, since opening a pipe that somebody put here would wait for its writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct buf content = {0};
    int r;

    if (fd < 0)
        return error_set_errno(e, path, "cannot be opened");
    r = read_stable(&content, fd, path, size_max, stamp, e);
    close(fd);
    if (r == 0 && out->len == 0 && !out->bad) {
        buf_release(out);
        *out = content;
        return 0;
    }
    if (r == 0) {
        buf_add_span(out, buf_span(&content));
        r = buf_check(out);
        if (r < 0)
            error_set(e, r, path, "out of memory");
    }
    buf_release(&content);
    return r;
}

char *path_join(const char *dir, const char *name)
{
    size_t dir_len = strlen(dir);
    size_t name_len = strlen(name);
    bool needs_slash = dir_len > 0 && dir[dir_len - 1] != '/';
    char *path = malloc(dir_len + needs_slash + name_len + 1);

    if (!path)
        return NULL;
    memcpy(path, dir, dir_len);
    if (needs_slash)
        path[dir_len] = '/';
    memcpy(path + dir_len + needs_slash, name, name_len + 1);
    return path;
}

/* The directory part of a path in a new string: "." for a bare name, "/" for "/name". */
static char *parent_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return span_dup(span_str("."));
    return span_dup(span_of(path, slash == path ? 1 : (size_t)(slash - path)));
}

static int sync_dir(const char *dir, struct error *e)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = 0;

    if (fd < 0)
        return error_set_errno(e, dir, "the folder cannot be opened");
    if (fsync(fd) < 0 && errno != EINVAL) /* EINVAL: the file system cannot do it for folders */
        r = error_set_errno(e, dir, "the folder cannot be written to disk");
    close(fd);
    return r;
}

int file_sync_parent(const char *path, struct error *e)
{
    char *dir = parent_of(path);
    int r = dir ? sync_dir(dir, e) : error_set(e, ERR_NO_MEMORY, path, "out of memory");

    free(dir);
    return r;
}

int file_write_all(int fd, struct span content)
{
    while (content.len > 0) {
        ssize_t done = write(fd, content.data, content.len);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return error_set_errno(NULL, NULL, "write");
        content = span_sub(content, (size_t)done, content.len);
    }
    return 0;
}

/* A new file beside `path` whose name starts with a full stop, so that nobody takes it for one of
 * the others. @return descriptor, or -1 with errno */
static int open_temporary(const char *path, mode_t mode, char **name)
{
    const char *slash = strrchr(path, '/');
    int dir_len = slash ? (int)(slash - path + 1) : 0;
    size_t size = (size_t)dir_len + 32;

    *name = malloc(size);
    if (!*name)
        return -1;
    for (int i = 0; i < NAME_TRIES; i++) {
        uint64_t number;
        int fd;

        if (getrandom(&number, sizeof number, 0) != sizeof number)
            return -1;
        snprintf(*name, size, "%.*s.tmp-%016llx", dir_len, path, (unsigned long long)number);
        fd = open(*name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

static int replace(const char *path, struct span content, mode_t mode, bool is_exact,
                   struct error *e)
{
    char *name = NULL;
    int fd = open_temporary(path, mode, &name);
    int r = 0;

    if (fd < 0) {
        r = error_set_errno(e, path, "cannot be written");
        free(name);
        return r;
    }
    if ((is_exact && fchmod(fd, mode) < 0) || file_write_all(fd, content) < 0 || fsync(fd) < 0)
        r = error_set_errno(e, path, "cannot be written");
    if (close(fd) < 0 && r == 0)
        r = error_set_errno(e, path, "cannot be written");
    if (r == 0 && rename(name, path) < 0)
        r = error_set_errno(e, path, "cannot be replaced");
    if (r < 0)
        unlink(name);
    free(name);
    return r < 0 ? r : file_sync_parent(path, e);
}

int file_replace(const char *path, struct span content, mode_t mode, struct error *e)
{
    return replace(path, content, mode, false, e);
}

int file_replace_exact(const char *path, struct span content, mode_t mode, struct error *e)
{
    return replace(path, content, mode, true, e);
}

int file_make_parents(const char *path, mode_t mode, struct error *e)
{
    char *copy = span_dup(span_str(path));
    int r = 0;

    if (!copy)
        return error_set(e, ERR_NO_MEMORY, path, "out of memory");
    for (char *at = copy; r == 0 && (at = strchr(at, '/')) != NULL; at++) {
        if (at == copy || at[-1] == '/')
            continue;
        *at = 0;
        if (mkdir(copy, mode) == 0)
            r = file_sync_parent(copy, e);
        else if (errno != EEXIST)
            r = error_set_errno(e, copy, "the folder cannot be made");
        *at = '/';
    }
    free(copy);
    return r;
}

void sha256_hex(struct span content, char out[SHA256_HEX_SIZE])
{
    struct sha256_ctx context;
    uint8_t digest[SHA256_DIGEST_SIZE];

    sha256_init(&context);
    sha256_update(&context, content.len, content.data);
    sha256_digest(&context, sizeof digest, digest);
    hex_format(out, digest, sizeof digest);
}
