#include "admin-cgi/recordings/recording_beside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "admin-cgi/recordings/recording_folder.h"

#define FOLDER_MODE 02770 /* as those that mediad makes */

bool recording_beside_name(char out[NAME_MAX + 1], const char *name, const char *suffix)
{
    int len = snprintf(out, NAME_MAX + 1, "%s%s", name, suffix);

    return len > 0 && len <= NAME_MAX;
}

int recording_beside_open(int folder, const char *name, const char *suffix, struct stat *st)
{
    char file[NAME_MAX + 1];
    int about = recording_folder_below(folder, RECORDING_ABOUT);
    int fd = about >= 0 && recording_beside_name(file, name, suffix)
                 ? openat(about, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
                 : -1;

    if (about >= 0)
        close(about);
    if (fd >= 0 && (fstat(fd, st) < 0 || !S_ISREG(st->st_mode))) {
        close(fd);
        fd = -1;
    }
    return fd;
}

int recording_beside_folder(int folder, const char *path)
{
    if (mkdirat(folder, path, FOLDER_MODE) < 0)
        return errno == EEXIST ? 0 : -1;
    return fchmodat(folder, path, FOLDER_MODE, 0); /* whatever the umask is */
}

int recording_beside_failed(struct error *e, const char *what)
{
    if (errno == EACCES || errno == EPERM)
        return error_set(e, ERR_FORBIDDEN, NULL,
                         "the folder is somebody else's, the server may not change it");
    return error_set_errno(e, NULL, "%s", what);
}
