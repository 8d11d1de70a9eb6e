#include "admin-cgi/backup/archive_names.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/group_name.h"
#include "common/span.h"

#define MEMBER_PATH_MAX (GROUP_NAME_MAX + 20)

locale_t archive_names_begin(locale_t *utf8)
{
    *utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    return *utf8 ? uselocale(*utf8) : (locale_t)0;
}

void archive_names_end(locale_t utf8, locale_t before)
{
    if (!utf8)
        return;
    uselocale(before);
    freelocale(utf8);
}

int archive_create_below(int folder, const char *path, struct error *e)
{
    char part[MEMBER_PATH_MAX];
    int fd;

    if (!span_copy(span_str(path), part, sizeof part))
        return error_set(e, ERR_INVALID, path, "its path is too long");
    for (char *slash = strchr(part, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (mkdirat(folder, part, 0700) < 0 && errno != EEXIST)
            return error_set_errno(e, path, "its folder cannot be made");
        *slash = '/';
    }
    fd = openat(folder, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    return fd < 0 ? error_set_errno(e, path, "cannot be written") : fd;
}
