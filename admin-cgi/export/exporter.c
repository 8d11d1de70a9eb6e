#include "admin-cgi/export/exporter.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "admin-cgi/export/disk.h"
#include "common/now.h"

#define FILE_MODE 0640
#define DIRECTORY_MODE 02750
#define TEMP_PREFIX ".tmp-"
#define DISPLACED_SIZE_MAX (8 * 1024 * 1024)
#define DEPTH_MAX 300

void displaced_release(struct displaced *d)
{
    buf_release(&d->text);
}

/* open(2) that never leaves the directory and follows no link. */
static int open_beneath(int dir, const char *path, uint64_t flags)
{
    const struct open_how how = {
        .flags = flags | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };

    return (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
}

/* The directory of `path`, made on the way when `make` says so; each new one is synced into its
 * parent. The last element goes to `name`. */
static int open_directory(int root, const char *path, bool make, char name[256], int *out,
                          struct error *e)
{
    int dir = open_beneath(root, ".", O_RDONLY | O_DIRECTORY);
    struct span rest = span_str(path);
    struct span piece;
    char element[256];

    if (dir < 0)
        return error_set_errno(e, NULL, "cannot open the directory");
    while (span_split(&rest, '/', &piece)) {
        int next;

        if (!span_copy(piece, element, sizeof element) || !piece.len) {
            close(dir);
            return error_set(e, ERR_INVALID, NULL, "the file name is too long");
        }
        if (!rest.data) {
            memcpy(name, element, sizeof element);
            *out = dir;
            return 0;
        }
        if (make && mkdirat(dir, element, DIRECTORY_MODE) == 0) {
            if (fsync(dir) < 0) {
                int r = error_set_errno(e, element, "cannot sync the directory");

                close(dir);
                return r;
            }
        } else if (make && errno != EEXIST) {
            int r = error_set_errno(e, element, "cannot make the directory");

            close(dir);
            return r;
        }
        next = open_beneath(dir, element, O_RDONLY | O_DIRECTORY);
        if (next < 0) {
            int r = errno == ELOOP ? error_set(e, ERR_INVALID, element, "a link is in the way")
                                   : error_set_errno(e, element, "cannot open the directory");

            close(dir);
            return r;
        }
        close(dir);
        dir = next;
    }
    close(dir);
    return error_set(e, ERR_INVALID, NULL, "the file name is empty");
}

static void temp_name(char out[64], int64_t file_id)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    uint64_t random = 0;
    char tail[9];

    if (getentropy(&random, sizeof random) < 0)
        random = (uint64_t)now_realtime_us();
    for (size_t i = 0; i < sizeof tail - 1; i++) {
        tail[i] = letters[random % (sizeof letters - 1)];
        random /= sizeof letters - 1;
    }
    tail[sizeof tail - 1] = '\0';
    snprintf(out, 64, TEMP_PREFIX "%" PRId64 "-%s", file_id, tail);
}

static int write_all(int fd, struct span text)
{
    while (text.len) {
        ssize_t n = write(fd, text.data, text.len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return ERR_IO;
        text = span_sub(text, (size_t)n, SIZE_MAX);
    }
    return 0;
}

/* The mode of the file that is replaced stays; a new one gets ours. */
static mode_t mode_for(const struct export_job *job)
{
    struct stat st;

    if (fstatat(job->dir_fd, job->name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
        return st.st_mode & 0777;
    return FILE_MODE;
}

int export_prepare(struct export_job *job, int root, const char *path, struct span text,
                   int64_t file_id, struct error *e)
{
    int fd, r;

    memset(job, 0, sizeof *job);
    r = open_directory(root, path, true, job->name, &job->dir_fd, e);
    if (r < 0) {
        job->dir_fd = -1;
        return r;
    }
    temp_name(job->temp, file_id);
    fd = openat(job->dir_fd, job->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                FILE_MODE);
    if (fd < 0) {
        r = error_set_errno(e, path, "cannot write beside the file");
        job->temp[0] = '\0';
        export_abort(job);
        return r;
    }
    if (fchmod(fd, mode_for(job)) < 0 || write_all(fd, text) < 0 || fsync(fd) < 0)
        r = error_set_errno(e, path, "cannot write beside the file");
    if (close(fd) < 0 && r == 0)
        r = error_set_errno(e, path, "cannot write beside the file");
    if (r < 0)
        export_abort(job);
    return r;
}

void export_abort(struct export_job *job)
{
    if (job->dir_fd < 0)
        return;
    if (job->temp[0])
        unlinkat(job->dir_fd, job->temp, 0);
    if (job->dir_fd > 0)
        close(job->dir_fd);
    job->dir_fd = -1;
    job->temp[0] = '\0';
}

/* After the exchange the temporary name holds what was there before. */
static int judge_displaced(struct export_job *job, const char *known_sha256, struct displaced *out,
                           struct error *e)
{
    struct disk_file file = {0};
    int r = disk_read(job->dir_fd, job->temp, DISPLACED_SIZE_MAX, INT64_MAX, &file, e);

    if (r < 0 || !file.exists || file.is_irregular) {
        disk_file_release(&file);
        return r;
    }
    if (strcmp(file.sha256, known_sha256) == 0) {
        if (unlinkat(job->dir_fd, job->temp, 0) < 0)
            r = error_set_errno(e, job->temp, "cannot remove the displaced file");
    } else {
        out->found = true;
        out->mtime_us = file.mtime_us;
        out->uid = file.uid;
        out->text = file.text;
        memset(&file.text, 0, sizeof file.text);
    }
    job->temp[0] = '\0'; /* not ours to remove any more */
    disk_file_release(&file);
    return r;
}

/* For file systems without exchange: the old file gets a second name, then the new one its place.
 */
static int replace_by_link(struct export_job *job, bool *displaced)
{
    char aside[64];

    temp_name(aside, 0);
    if (linkat(job->dir_fd, job->name, job->dir_fd, aside, 0) < 0) {
        if (errno != ENOENT)
            return -1;
        *displaced = false;
        return renameat(job->dir_fd, job->temp, job->dir_fd, job->name);
    }
    if (renameat(job->dir_fd, job->temp, job->dir_fd, job->name) < 0)
        return -1;
    snprintf(job->temp, sizeof job->temp, "%s", aside);
    *displaced = true;
    return 0;
}

static int exchange(struct export_job *job, bool was_there, bool *displaced)
{
    for (unsigned i = 0; i < 8; i++) {
        unsigned flags = was_there ? RENAME_EXCHANGE : RENAME_NOREPLACE;

        if (renameat2(job->dir_fd, job->temp, job->dir_fd, job->name, flags) == 0) {
            *displaced = was_there;
            return 0;
        }
        if (errno == ENOENT && was_there)
            was_there = false;
        else if (errno == EEXIST && !was_there)
            was_there = true;
        else if (errno == EINVAL || errno == ENOSYS)
            return replace_by_link(job, displaced);
        else
            return -1;
    }
    return -1;
}

int export_exchange(struct export_job *job, bool was_there, struct error *e)
{
    if (exchange(job, was_there, &job->has_displaced) < 0) {
        int r = error_set_errno(e, job->name, "cannot put the file in its place");

        export_abort(job);
        return r;
    }
    return 0;
}

int export_finish(struct export_job *job, const char *known_sha256, struct file_stamp *stamp,
                  struct displaced *displaced, struct error *e)
{
    struct stat st;
    int r = 0;

    if (fsync(job->dir_fd) < 0)
        r = error_set_errno(e, job->name, "cannot sync the directory");
    else if (job->has_displaced)
        r = judge_displaced(job, known_sha256, displaced, e);
    if (r == 0) {
        if (fstatat(job->dir_fd, job->name, &st, AT_SYMLINK_NOFOLLOW) == 0)
            *stamp = file_stamp_of(&st);
        else
            memset(stamp, 0, sizeof *stamp);
    }
    job->temp[0] = '\0';
    export_abort(job);
    return r;
}

int export_remove(int root, const char *path, int64_t file_id, const char *known_sha256,
                  struct displaced *displaced, struct error *e)
{
    struct export_job job = {0};
    int r = open_directory(root, path, false, job.name, &job.dir_fd, e);

    if (r == ERR_NOT_FOUND)
        return 0;
    if (r < 0)
        return r;
    temp_name(job.temp, file_id);
    if (renameat2(job.dir_fd, job.name, job.dir_fd, job.temp, RENAME_NOREPLACE) < 0) {
        r = errno == ENOENT ? 0 : error_set_errno(e, job.name, "cannot take the file away");
        job.temp[0] = '\0';
        export_abort(&job);
        return r;
    }
    if (fsync(job.dir_fd) < 0)
        r = error_set_errno(e, job.name, "cannot sync the directory");
    if (r == 0)
        r = judge_displaced(&job, known_sha256, displaced, e);
    job.temp[0] = '\0';
    export_abort(&job);
    return r;
}

/* ---- leftovers ---- */

struct sweep {
    int64_t now_us;
    void (*visit)(const struct leftover *l, void *arg);
    void *arg;
};

static void visit_one(const struct sweep *s, int dir, const char *name)
{
    struct span text = span_str(name);
    size_t dash = span_index(text, '-', sizeof TEMP_PREFIX - 1);
    struct leftover l = {.dir_fd = dir, .name = name};
    struct disk_file file = {0};
    uint64_t id = 0;

    if (!span_u64(span_sub(text, sizeof TEMP_PREFIX - 1, dash - (sizeof TEMP_PREFIX - 1)), &id))
        return;
    if (disk_read(dir, name, DISPLACED_SIZE_MAX, s->now_us, &file, NULL) == 0 && file.exists) {
        l.file_id = (int64_t)id;
        l.age_us = s->now_us - file.stamp.ctime_ns / 1000;
        l.text = buf_span(&file.text);
        memcpy(l.sha256, file.sha256, sizeof l.sha256);
        s->visit(&l, s->arg);
    }
    disk_file_release(&file);
}

/* Takes over `fd`. */
static int sweep_directory(const struct sweep *s, int fd, unsigned depth, struct error *e)
{
    DIR *d = fdopendir(fd);
    struct dirent *entry;
    int r = 0;

    if (!d) {
        close(fd);
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory to read a directory");
    }
    while (r == 0 && (entry = readdir(d))) {
        int next;

        if (strncmp(entry->d_name, TEMP_PREFIX, sizeof TEMP_PREFIX - 1) == 0)
            visit_one(s, dirfd(d), entry->d_name);
        if (entry->d_name[0] == '.' || depth >= DEPTH_MAX ||
            (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN))
            continue;
        next = open_beneath(dirfd(d), entry->d_name, O_RDONLY | O_DIRECTORY);
        if (next >= 0)
            r = sweep_directory(s, next, depth + 1, e);
    }
    closedir(d);
    return r;
}

int export_leftovers(int root, int64_t now_us, void (*visit)(const struct leftover *l, void *arg),
                     void *arg, struct error *e)
{
    const struct sweep s = {now_us, visit, arg};
    int fd = open_beneath(root, ".", O_RDONLY | O_DIRECTORY);

    if (fd < 0)
        return error_set_errno(e, NULL, "cannot read the directory");
    return sweep_directory(&s, fd, 0, e);
}
