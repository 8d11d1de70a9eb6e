#include "admin-cgi/recordings/recording_remark.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin-cgi/recordings/recording_folder.h"
#include "common/atomic_file.h"

#define ABOUT ".about"
#define FOLDER_MODE 02770 /* as those that mediad makes */
#define FILE_MODE 0640

static bool file_name(char out[NAME_MAX + 1], const char *name, const char *suffix)
{
    int len = snprintf(out, NAME_MAX + 1, "%s%s", name, suffix);

    return len > 0 && len <= NAME_MAX;
}

const char *recording_remark_read(int folder, struct arena *a, const char *name)
{
    char file[NAME_MAX + 1], text[RECORDING_REMARK_MAX + 1];
    int about = recording_folder_below(folder, ABOUT);
    int fd = about >= 0 && file_name(file, name, ".txt")
                 ? openat(about, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
                 : -1;
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text) : 0;
    struct span read_text = span_of(text, n > 0 ? (size_t)n : 0);
    const char *out = NULL;

    if (fd >= 0)
        close(fd);
    if (about >= 0)
        close(about);
    if (read_text.len <= RECORDING_REMARK_MAX && span_is_utf8(read_text) &&
        !memchr(text, 0, read_text.len))
        out = arena_dup(a, read_text);
    return out ? out : "";
}

static int fail(struct error *e)
{
    if (errno == EACCES || errno == EPERM)
        return error_set(e, ERR_FORBIDDEN, NULL,
                         "the folder is somebody else's, the server may not change it");
    return error_set_errno(e, NULL, "the note cannot be written");
}

/* Beside, then in its place: who reads it meanwhile has the one before. */
static int replace(int about, const char *file, const char *beside, const char *text,
                   struct error *e)
{
    int fd =
        openat(about, beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
    int code = fd < 0 ? errno : file_write_all(fd, span_str(text));

    if (fd >= 0 && code == 0 && fsync(fd) < 0)
        code = errno;
    if (fd >= 0)
        close(fd);
    if (code == 0 && renameat(about, beside, about, file) < 0)
        code = errno;
    if (code == 0)
        return 0;
    if (fd >= 0)
        (void)unlinkat(about, beside, 0);
    errno = code;
    return fail(e);
}

int recording_remark_write(int folder, const char *name, const char *text, struct error *e)
{
    char file[NAME_MAX + 1], beside[NAME_MAX + 1];
    int about, r = 0;

    if (strlen(text) > RECORDING_REMARK_MAX)
        return error_set(e, ERR_TOO_LARGE, "note", "at most %d bytes", RECORDING_REMARK_MAX);
    if (!file_name(file, name, ".txt") || !file_name(beside, name, ".txt~"))
        return error_set(e, ERR_INVALID, "note", "the recording's name is too long for a note");
    if (*text && mkdirat(folder, ABOUT, FOLDER_MODE) == 0 &&
        fchmodat(folder, ABOUT, FOLDER_MODE, 0) < 0) /* whatever the umask is */
        return fail(e);
    about = recording_folder_below(folder, ABOUT);
    if (about < 0)
        return *text ? fail(e) : 0;
    if (*text)
        r = replace(about, file, beside, text, e);
    else if (unlinkat(about, file, 0) < 0 && errno != ENOENT)
        r = fail(e);
    close(about);
    return r;
}
