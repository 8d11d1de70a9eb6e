#include "admin-cgi/jobs/nightly_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin-cgi/jobs/nightly.h"
#include "common/atomic_file.h"
#include "common/log.h"
#include "common/now.h"

#define BACKUPS_MAX 1000

static const struct log_ctx ctx = {.room = "backup"};

static int newest_first(const void *a, const void *b)
{
    const struct backup_file *x = a, *y = b;

    if (x->made_us != y->made_us)
        return x->made_us < y->made_us ? 1 : -1;
    return strcmp(y->name, x->name);
}

static size_t read_folder(DIR *d, struct backup_file *files)
{
    struct dirent *entry;
    size_t n = 0;

    while (n < BACKUPS_MAX && (entry = readdir(d))) {
        struct stat st;

        if (!backup_name_ok(entry->d_name) ||
            fstatat(dirfd(d), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
            continue;
        if (!span_copy(span_str(entry->d_name), files[n].name, sizeof files[n].name))
            continue;
        files[n].bytes = st.st_size;
        files[n].made_us = st.st_mtim.tv_sec * US_PER_S + st.st_mtim.tv_nsec / 1000;
        n++;
    }
    return n;
}

struct backup_file *backup_files_list(const char *data, size_t *n)
{
    char *path = path_join(data, "backups");
    DIR *d = path ? opendir(path) : NULL;
    struct backup_file *files = d ? calloc(BACKUPS_MAX, sizeof *files) : NULL;

    *n = files ? read_folder(d, files) : 0;
    if (*n)
        qsort(files, *n, sizeof *files, newest_first);
    if (d)
        closedir(d);
    free(path);
    return files;
}

static bool is_nightly(const struct backup_file *f)
{
    return strncmp(f->name, NIGHTLY_PREFIX "-", strlen(NIGHTLY_PREFIX "-")) == 0;
}

int64_t nightly_files_last_us(const char *data)
{
    size_t n;
    struct backup_file *files = backup_files_list(data, &n);
    int64_t last_us = 0;

    for (size_t i = 0; i < n && !last_us; i++) {
        if (is_nightly(&files[i]))
            last_us = files[i].made_us;
    }
    free(files);
    return last_us;
}

void nightly_files_rotate(const struct backup_place *place)
{
    struct span data = span_str(place->path);
    char *folder = span_dup(span_sub(data, 0, data.len - strlen("/backups")));
    size_t n = 0, n_nightly = 0;
    struct backup_file *files = folder ? backup_files_list(folder, &n) : NULL;
    int64_t times[BACKUPS_MAX];
    bool keep[BACKUPS_MAX];

    for (size_t i = 0; i < n; i++) {
        if (is_nightly(&files[i]))
            times[n_nightly++] = files[i].made_us;
    }
    nightly_keep(times, n_nightly, keep);
    for (size_t i = 0, k = 0; i < n; i++) {
        if (!is_nightly(&files[i]) || keep[k++])
            continue;
        if (unlinkat(place->folder, files[i].name, 0) < 0)
            log_warn(&ctx, "%s cannot be removed", files[i].name);
        else
            log_info(&ctx, "removed the old backup %s", files[i].name);
    }
    free(files);
    free(folder);
}
