#include "mediad/record/recording_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/atomic_file.h"
#include "common/group_name.h"
#include "common/now.h"

enum {
    DIRECTORY_MODE = 02770, /* as the supervisor makes them: media and console are one group */
    FILE_MODE = 0640,
    NUMBER_MAX = 99,
    PART_SIZE = RECORDING_NAME_SIZE + sizeof ".part",
};

/* ---- directories ---- */

/* A directory in another, which is made if need be. Closes the outer one. @return -1 and errno */
static int enter(int outer, const char *name)
{
    bool is_new = mkdirat(outer, name, DIRECTORY_MODE) == 0;
    int of_making = errno;
    int fd = openat(outer, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int code = fd < 0 && errno == ENOENT ? of_making : errno; /* why it is not there */

    if (fd >= 0 && is_new && fchmod(fd, DIRECTORY_MODE) < 0) { /* whatever the umask */
        code = errno;
        close(fd);
        fd = -1;
    }
    close(outer);
    errno = code;
    return fd;
}

static int open_folder(const char *directory, const char *group, struct error *e)
{
    struct span rest = span_str(group), piece;
    char name[GROUP_ELEMENT_MAX + 1];
    int fd;

    if (group_name_check(span_str(group), e) < 0)
        return -1;
    if (mkdir(directory, DIRECTORY_MODE) == 0)
        (void)!chmod(directory, DIRECTORY_MODE);
    fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (fd >= 0 && span_split(&rest, '/', &piece)) {
        if (span_copy(piece, name, sizeof name))
            fd = enter(fd, name);
    }
    if (fd < 0)
        (void)error_set_errno(e, NULL, "cannot open the recordings of the group");
    return fd;
}

/* ---- files ---- */

static void part_name(const struct recording_file *f, char out[PART_SIZE])
{
    (void)snprintf(out, PART_SIZE, "%s.part", f->name);
}

static bool exists(int folder, const char *name)
{
    return faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void set_name(struct recording_file *f, const char *extension, unsigned number)
{
    if (number == 0)
        (void)snprintf(f->name, sizeof f->name, "%s.%s", f->base, extension);
    else
        (void)snprintf(f->name, sizeof f->name, "%s-%02u.%s", f->base, number, extension);
}

/* nereid-recording, which repairs what a crash left, locks files that are not locked: a file is
 * ours only once we hold its lock. @return the descriptor, -1 and errno */
static int create_locked(int folder, const char *name)
{
    int fd = openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
    struct stat mine, there;

    if (fd < 0)
        return -1;
    if (fchmod(fd, FILE_MODE) == 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &mine) == 0 &&
        fstatat(folder, name, &there, AT_SYMLINK_NOFOLLOW) == 0 && mine.st_ino == there.st_ino)
        return fd;
    close(fd);
    errno = EEXIST; /* another name */
    return -1;
}

/* @return 0 and f->fd; -1 and errno: EEXIST when the name is taken */
static int try_name(struct recording_file *f, const char *extension, unsigned number)
{
    char part[PART_SIZE];

    set_name(f, extension, number);
    if (exists(f->folder, f->name)) {
        errno = EEXIST;
        return -1;
    }
    part_name(f, part);
    f->fd = create_locked(f->folder, part);
    return f->fd < 0 ? -1 : 0;
}

int recording_file_create(struct recording_file *f, const char *directory, const char *group,
                          int64_t started_us, const char *username, const char *extension,
                          struct error *e)
{
    unsigned number = 0;
    int r;

    *f = (struct recording_file){.fd = -1};
    recording_name_make(f->base, started_us, username);
    f->folder = open_folder(directory, group, e);
    if (f->folder < 0)
        return ERR_IO;
    while (try_name(f, extension, number) < 0) {
        if (errno == EEXIST && ++number <= NUMBER_MAX)
            continue;
        r = error_set_errno(e, NULL, "cannot make a recording's file");
        recording_file_close(f);
        return r;
    }
    return 0;
}

int recording_file_publish(struct recording_file *f, struct error *e)
{
    const char *dot = strrchr(f->name, '.');
    char part[PART_SIZE], extension[8];
    unsigned number = 0;

    (void)snprintf(extension, sizeof extension, "%s", dot ? dot + 1 : "");
    part_name(f, part);
    while (renameat2(f->folder, part, f->folder, f->name, RENAME_NOREPLACE) < 0) {
        if (errno != EEXIST || ++number > NUMBER_MAX)
            return error_set_errno(e, NULL, "cannot rename a recording");
        set_name(f, extension, number);
    }
    if (fsync(f->folder) < 0)
        return error_set_errno(e, NULL, "cannot write the directory of recordings");
    return 0;
}

int recording_file_about(const struct recording_file *f, struct span json, struct error *e)
{
    char path[RECORDING_NAME_SIZE + sizeof "/proc/self/fd/2147483647/.json"];
    int outer = dup(f->folder), about, r;

    about = outer < 0 ? -1 : enter(outer, ".about");
    if (about < 0)
        return error_set_errno(e, NULL, "cannot make .about");
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d/%s.json", about, f->name);
    r = file_replace_exact(path, json, FILE_MODE, e);
    close(about);
    return r;
}

void recording_file_remove(struct recording_file *f)
{
    char part[PART_SIZE];

    part_name(f, part);
    (void)!unlinkat(f->folder, part, 0);
}

void recording_file_close(struct recording_file *f)
{
    if (f->fd >= 0)
        close(f->fd);
    if (f->folder >= 0)
        close(f->folder);
    f->fd = f->folder = -1;
}
