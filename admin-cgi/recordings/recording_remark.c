#include "admin-cgi/recordings/recording_remark.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "admin-cgi/recordings/recording_beside.h"
#include "admin-cgi/recordings/recording_folder.h"
#include "common/atomic_file.h"

/* One byte more than a note has, to see one that is too long. */
const char *recording_remark_read(int folder, struct arena *a, const char *name)
{
    char text[RECORDING_REMARK_MAX + 1];
    struct stat st;
    int fd = recording_beside_open(folder, name, RECORDING_NOTE, &st);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text) : 0;
    struct span note = span_of(text, n > 0 ? (size_t)n : 0);
    const char *out = NULL;

    if (fd >= 0)
        close(fd);
    if (note.len <= RECORDING_REMARK_MAX && span_is_utf8(note) && !memchr(text, 0, note.len))
        out = arena_dup(a, note);
    return out ? out : "";
}

static int fail(struct error *e)
{
    return recording_beside_failed(e, "the note cannot be written");
}

/* Beside, then in its place: who reads it meanwhile has the one before. */
static int replace(int about, const char *file, const char *beside, const char *text,
                   struct error *e)
{
    int fd = openat(about, beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
                    RECORDING_FILE_MODE);
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
    if (!recording_beside_name(file, name, RECORDING_NOTE) ||
        !recording_beside_name(beside, name, RECORDING_NOTE "~"))
        return error_set(e, ERR_INVALID, "note", "the recording's name is too long for a note");
    if (*text && recording_beside_folder(folder, RECORDING_ABOUT) < 0)
        return fail(e);
    about = recording_folder_below(folder, RECORDING_ABOUT);
    if (about < 0)
        return *text ? fail(e) : 0;
    if (*text)
        r = replace(about, file, beside, text, e);
    else if (unlinkat(about, file, 0) < 0 && errno != ENOENT)
        r = fail(e);
    close(about);
    return r;
}
