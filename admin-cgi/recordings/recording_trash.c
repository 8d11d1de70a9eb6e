#include "admin-cgi/recordings/recording_trash.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "admin-cgi/recordings/recording_beside.h"
#include "common/macros.h"
#include "common/now.h"

#define TRASH ".trash"
#define TRASHED_ABOUT TRASH "/" RECORDING_ABOUT

static const char *const beside[] = {".json", ".png", RECORDING_NOTE};

static int not_found(struct error *e)
{
    return error_set(e, ERR_NOT_FOUND, NULL, "there is no such recording");
}

/* ---- folders ---- */

static int open_trash(int folder)
{
    if (recording_beside_folder(folder, TRASH) < 0)
        return -1;
    return recording_folder_below(folder, TRASH);
}

/* What is beside a recording goes along; a recording without it is one all the same. */
static void move_about(int folder, const char *from, const char *to, const char *name)
{
    int source = recording_folder_below(folder, from);
    int target = -1;
    char file[NAME_MAX + 1];

    if (source >= 0 && recording_beside_folder(folder, to) == 0)
        target = recording_folder_below(folder, to);
    for (size_t i = 0; target >= 0 && i < LENGTH(beside); i++) {
        if (recording_beside_name(file, name, beside[i]))
            (void)renameat(source, file, target, file);
    }
    if (source >= 0)
        close(source);
    if (target >= 0)
        close(target);
}

static void remove_about(int folder, const char *name)
{
    int about = recording_folder_below(folder, TRASHED_ABOUT);
    char file[NAME_MAX + 1];

    for (size_t i = 0; about >= 0 && i < LENGTH(beside); i++) {
        if (recording_beside_name(file, name, beside[i]))
            (void)unlinkat(about, file, 0);
    }
    if (about >= 0)
        close(about);
}

/* ---- into the trash ---- */

/* Locked, so that nobody begins to write or repair it meanwhile. @return descriptor or an error */
static int lock_file(int folder, const char *name, int64_t now_us, struct error *e)
{
    struct recording r = {.name = name};
    struct stat st;
    int fd;

    if (!recording_stat(folder, name, &st))
        return not_found(e);
    r.mtime_us = st.st_mtim.tv_sec * US_PER_S + st.st_mtim.tv_nsec / 1000;
    fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return recording_beside_failed(e, "cannot open the recording");
    if (recording_state_of(folder, &r, now_us) != RECORDING_RUNNING &&
        flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    close(fd);
    return error_set(e, ERR_WRONG_STATE, NULL, "this recording is still running");
}

static int write_marker(int trash, const char *marker)
{
    int fd =
        openat(trash, marker, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, RECORDING_FILE_MODE);
    int r = fd < 0 ? -1 : futimens(fd, NULL);

    if (fd >= 0)
        close(fd);
    return r;
}

/* The marker first: what is in the trash without one would stay for ever. */
static int move_in(int folder, int trash, const char *name, struct error *e)
{
    char marker[NAME_MAX + 1];

    if (!recording_beside_name(marker, name, RECORDING_DELETED))
        return error_set(e, ERR_INVALID, "filename", "the name is too long for the trash");
    if (faccessat(trash, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return error_set(e, ERR_WRONG_STATE, "filename",
                         "a recording of this name is in the trash already");
    if (write_marker(trash, marker) < 0)
        return recording_beside_failed(e, "cannot delete the recording");
    if (renameat2(folder, name, trash, name, RENAME_NOREPLACE) < 0) {
        int r = recording_beside_failed(e, "cannot delete the recording");

        (void)unlinkat(trash, marker, 0);
        return r;
    }
    move_about(folder, RECORDING_ABOUT, TRASHED_ABOUT, name);
    return 0;
}

int recording_trash_put(int folder, const char *name, int64_t now_us, struct error *e)
{
    int file = lock_file(folder, name, now_us, e);
    int trash, r;

    if (file < 0)
        return file;
    trash = open_trash(folder);
    r = trash < 0 ? recording_beside_failed(e, "cannot delete the recording")
                  : move_in(folder, trash, name, e);
    if (trash >= 0)
        close(trash);
    close(file);
    return r;
}

/* ---- and out ---- */

/* The trash with this recording in it. @return descriptor or ERR_NOT_FOUND */
static int open_with(int folder, const char *name, struct error *e)
{
    int trash = recording_folder_below(folder, TRASH);
    struct stat st;

    if (trash >= 0 && recording_stat(trash, name, &st))
        return trash;
    if (trash >= 0)
        close(trash);
    return not_found(e);
}

static void remove_marker(int trash, const char *name)
{
    char marker[NAME_MAX + 1];

    if (recording_beside_name(marker, name, RECORDING_DELETED))
        (void)unlinkat(trash, marker, 0);
}

int recording_trash_restore(int folder, const char *name, struct error *e)
{
    int trash = open_with(folder, name, e);
    int r = 0;

    if (trash < 0)
        return trash;
    if (renameat2(trash, name, folder, name, RENAME_NOREPLACE) < 0)
        r = errno == EEXIST ? error_set(e, ERR_WRONG_STATE, "filename",
                                        "there is a recording of this name already")
                            : recording_beside_failed(e, "cannot restore the recording");
    if (r == 0) {
        move_about(folder, TRASHED_ABOUT, RECORDING_ABOUT, name);
        remove_marker(trash, name);
    }
    close(trash);
    return r;
}

int recording_trash_purge(int folder, const char *name, struct error *e)
{
    int trash = open_with(folder, name, e);
    int r;

    if (trash < 0)
        return trash;
    r = unlinkat(trash, name, 0) < 0 ? recording_beside_failed(e, "cannot delete the recording")
                                     : 0;
    if (r == 0) {
        remove_about(folder, name);
        remove_marker(trash, name);
    }
    close(trash);
    return r;
}

static int64_t deleted_at(int trash, const struct recording *r)
{
    char marker[NAME_MAX + 1];
    struct stat st;

    if (!recording_beside_name(marker, r->name, RECORDING_DELETED) ||
        fstatat(trash, marker, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return 0;
    return st.st_mtim.tv_sec * US_PER_S + st.st_mtim.tv_nsec / 1000;
}

int recording_trash_list(int folder, struct arena *a, struct recording **out, size_t *n_out)
{
    int trash = recording_folder_below(folder, TRASH);
    int r = 0;

    *n_out = 0;
    if (trash < 0)
        return 0;
    r = recording_folder_list(trash, a, out, n_out);
    for (size_t i = 0; r == 0 && i < *n_out; i++)
        (*out)[i].deleted_us = deleted_at(trash, &(*out)[i]);
    close(trash);
    return r;
}
