#include "admin-cgi/backup/upload.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "admin-cgi/backup/backup_place.h"
#include "common/atomic_file.h"
#include "common/log.h"
#include "common/now.h"

#define FOLDER "uploads"
#define KEPT_US (INT64_C(24) * 3600 * US_PER_S)
#define SYNC_BYTES (INT64_C(32) << 20) /* so that the end need not wait for all of it */
#define LEFT_BYTES (INT64_C(64) << 20) /* stays free for the server's own work */

static const struct log_ctx ctx = {.room = "backup"};

/* ---- what is over ---- */

static void remove_old(const char *data, int folder, const char *name, int64_t now_us)
{
    char *uploads = path_join(data, FOLDER), *path = uploads ? path_join(uploads, name) : NULL;
    struct stat st;

    if (path && fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        now_us - st.st_mtim.tv_sec * US_PER_S > KEPT_US && folder_remove(path, NULL) < 0)
        log_warn(&ctx, "data/" FOLDER "/%s cannot be removed", name);
    free(path);
    free(uploads);
}

static void sweep(const char *data, int folder, int64_t now_us)
{
    int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = copy >= 0 ? fdopendir(copy) : NULL;
    struct dirent *entry;

    while (d && (entry = readdir(d))) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            remove_old(data, folder, entry->d_name, now_us);
    }
    if (d)
        closedir(d);
    else if (copy >= 0)
        close(copy);
}

/* ---- one file ---- */

static int check_room(int folder, int64_t bytes, struct error *e)
{
    struct statvfs fs;

    if (fstatvfs(folder, &fs) == 0 && (int64_t)(fs.f_bavail * fs.f_frsize) - bytes < LEFT_BYTES)
        return error_set(e, ERR_NO_SPACE, NULL, "the disk has no room for this file");
    return 0;
}

int upload_begin(struct upload *u, const char *data, int64_t bytes, int64_t now_us, struct error *e)
{
    int r = 0;

    *u = (struct upload){.fd = -1};
    u->folder = data_folder_open(data, FOLDER, e);
    if (u->folder < 0)
        return u->folder;
    sweep(data, u->folder, now_us);
    if (bytes > UPLOAD_MAX)
        r = error_set(e, ERR_TOO_LARGE, NULL, "at most 2 GiB");
    if (r == 0)
        r = check_room(u->folder, bytes, e);
    snprintf(u->name, sizeof u->name, ".%" PRId64 "-%ld", now_us, (long)getpid());
    if (r == 0)
        u->fd =
            openat(u->folder, u->name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (r == 0 && u->fd < 0)
        r = error_set_errno(e, "data/" FOLDER, "cannot make a file");
    if (r < 0)
        upload_release(u);
    return r;
}

static int fail(struct error *e)
{
    return error_set_errno(e, NULL, "the file cannot be kept");
}

int upload_add(struct upload *u, struct span bytes, struct error *e)
{
    int code;

    u->bytes += (int64_t)bytes.len;
    if (u->bytes > UPLOAD_MAX)
        return error_set(e, ERR_TOO_LARGE, NULL, "at most 2 GiB");
    code = file_write_all(u->fd, bytes);
    if (code == 0 && u->bytes - u->synced_bytes >= SYNC_BYTES) {
        code = fdatasync(u->fd) < 0 ? errno : 0;
        u->synced_bytes = u->bytes;
    }
    if (code == 0)
        return 0;
    errno = code;
    return fail(e);
}

int upload_end(struct upload *u, struct error *e)
{
    return fsync(u->fd) < 0 || lseek(u->fd, 0, SEEK_SET) < 0 ? fail(e) : 0;
}

static int keep(struct upload *u, int folder, const char *name, struct error *e)
{
    if (renameat2(u->folder, u->name, folder, name, RENAME_NOREPLACE) < 0 || fsync(folder) < 0)
        return fail(e);
    u->name[0] = 0;
    return 0;
}

int upload_keep(struct upload *u, int64_t now_us, const char *suffix, struct error *e)
{
    char name[UPLOAD_NAME_SIZE];
    int r;

    snprintf(name, sizeof name, "%" PRId64 "%s", now_us, suffix);
    r = keep(u, u->folder, name, e);
    if (r == 0)
        memcpy(u->name, name, sizeof name);
    return r;
}

int upload_keep_as(struct upload *u, int backups, const char *backup, struct error *e)
{
    return keep(u, backups, backup, e);
}

void upload_release(struct upload *u)
{
    if (u->name[0] == '.' && u->folder >= 0)
        unlinkat(u->folder, u->name, 0);
    if (u->fd >= 0)
        close(u->fd);
    if (u->folder >= 0)
        close(u->folder);
    u->fd = u->folder = -1;
}

/* ---- later ---- */

static bool is_name(const char *name)
{
    struct span digits = span_str(name);
    uint64_t ignored;

    digits = span_sub(digits, 0, span_index(digits, '.', 0));
    return span_u64(digits, &ignored) && strlen(name) < UPLOAD_NAME_SIZE && !strchr(name, '/');
}

int upload_open(const char *data, const char *name, struct error *e)
{
    struct error unused = {0};
    int folder = is_name(name) ? data_folder_open(data, FOLDER, &unused) : -1;
    int fd =
        folder >= 0 ? openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;

    if (folder >= 0)
        close(folder);
    return fd >= 0
               ? fd
               : error_set(e, ERR_NOT_FOUND, NULL, "this file is not here any more: send it again");
}

void upload_remove(const char *data, const char *name)
{
    int folder = is_name(name) ? data_folder_open(data, FOLDER, NULL) : -1;

    if (folder < 0)
        return;
    (void)unlinkat(folder, name, 0);
    close(folder);
}
