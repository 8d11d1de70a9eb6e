#include "admin-cgi/export/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/now.h"

#define SETTLE_US (200 * US_PER_MS)
#define READS_MAX 5

void disk_file_release(struct disk_file *f)
{
    buf_release(&f->text);
}

static void fill(struct disk_file *out, const struct stat *st)
{
    out->exists = true;
    out->stamp = file_stamp_of(st);
    out->uid = st->st_uid;
    out->mtime_us = st->st_mtim.tv_sec * US_PER_S + st->st_mtim.tv_nsec / 1000;
    out->is_hard_linked = st->st_nlink > 1;
    out->is_irregular = !S_ISREG(st->st_mode);
}

int disk_look(int root, const char *path, struct disk_file *out)
{
    struct stat st;

    memset(out, 0, sizeof *out);
    if (fstatat(root, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT || errno == ENOTDIR ? 0 : ERR_IO;
    if (S_ISLNK(st.st_mode)) {
        out->is_link = true;
        if (fstatat(root, path, &st, 0) < 0) {
            /* A link to nowhere is a file that cannot be read. */
            out->exists = true;
            out->is_irregular = true;
            out->stamp = file_stamp_of(&st);
            return 0;
        }
    }
    fill(out, &st);
    return 0;
}

static int read_once(int root, const char *path, size_t size_max, struct disk_file *out,
                     struct error *e)
{
    struct stat before, after;
    int fd = openat(root, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    ssize_t n;
    int r = 0;

    if (fd < 0)
        return error_set_errno(e, path, "cannot open the file");
    if (fstat(fd, &before) < 0) {
        r = error_set_errno(e, path, "cannot look at the file");
        goto out;
    }
    fill(out, &before);
    buf_clear(&out->text);
    if (out->is_irregular)
        goto out;
    if (before.st_size > (off_t)size_max) {
        r = error_set(e, ERR_TOO_LARGE, path, "the file has more than %zu bytes", size_max);
        goto out;
    }
    for (;;) {
        char *room = buf_reserve(&out->text, 16384);

        if (!room) {
            r = error_set(e, ERR_NO_MEMORY, path, "no memory for the file");
            goto out;
        }
        n = read(fd, room, 16384);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        out->text.len += (size_t)n;
        if (out->text.len > size_max) {
            r = error_set(e, ERR_TOO_LARGE, path, "the file has more than %zu bytes", size_max);
            goto out;
        }
    }
    buf_add(&out->text, "", 0); /* its NUL */
    if (n < 0 || fstat(fd, &after) < 0) {
        r = error_set_errno(e, path, "cannot read the file");
        goto out;
    }
    fill(out, &after);
    if (before.st_size != after.st_size || before.st_mtim.tv_sec != after.st_mtim.tv_sec ||
        before.st_mtim.tv_nsec != after.st_mtim.tv_nsec)
        r = ERR_BUSY;
out:
    close(fd);
    return r;
}

int disk_read(int root, const char *path, size_t size_max, int64_t now_us, struct disk_file *out,
              struct error *e)
{
    int r = disk_look(root, path, out);

    if (r < 0)
        return error_set_errno(e, path, "cannot look at the file");
    if (!out->exists || out->is_irregular)
        return 0;
    for (unsigned i = 0; i < READS_MAX; i++) {
        r = read_once(root, path, size_max, out, e);
        if (r != ERR_BUSY)
            break;
    }
    if (r == ERR_BUSY)
        r = 0; /* somebody is writing: what was read is judged below as not settled */
    if (r < 0)
        return r;
    out->is_settled = now_us < out->mtime_us || now_us - out->mtime_us >= SETTLE_US;
    sha256_hex(buf_span(&out->text), out->sha256);
    return 0;
}
