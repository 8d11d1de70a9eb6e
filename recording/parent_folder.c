#include "recording/parent_folder.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "common/span.h"

int parent_folder_open(const char *path, const char **name, struct error *e)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? span_dup(span_of(path, (size_t)(slash - path + 1))) : strdup(".");
    int fd;

    if (!folder)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        fd = error_set_errno(e, folder, "cannot be opened");
    *name = slash ? slash + 1 : path;
    free(folder);
    return fd;
}
