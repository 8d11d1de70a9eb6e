#include "admin-cgi/health/last_backup.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "admin-cgi/backup/backup_place.h"
#include "common/atomic_file.h"
#include "common/now.h"

int64_t last_backup_us(const char *data)
{
    char *path = path_join(data, "backups");
    DIR *dir = path ? opendir(path) : NULL;
    const struct dirent *entry;
    int64_t newest_us = 0;

    while (dir && (entry = readdir(dir))) {
        struct stat st;
        int64_t at_us;

        if (!backup_name_ok(entry->d_name) || fstatat(dirfd(dir), entry->d_name, &st, 0) < 0 ||
            !S_ISREG(st.st_mode))
            continue;
        at_us = (int64_t)st.st_mtim.tv_sec * US_PER_S;
        newest_us = at_us > newest_us ? at_us : newest_us;
    }
    if (dir)
        closedir(dir);
    free(path);
    return newest_us;
}
