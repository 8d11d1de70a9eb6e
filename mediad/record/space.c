#include "mediad/record/space.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/macros.h"

enum { DEPTH_MAX = 64, SIZE_TEXT_MAX = 32 };

#define GIB (INT64_C(1) << 30)

static int64_t used_below(int folder, bool with_subgroups, unsigned depth);

/* Of one entry. Directories whose names begin with a dot belong to the group itself. */
static int64_t used_by(int folder, const char *name, bool with_subgroups, unsigned depth)
{
    struct stat st;
    int fd;

    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
        fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return 0;
    if (S_ISREG(st.st_mode))
        return st.st_size;
    if (!S_ISDIR(st.st_mode) || depth == DEPTH_MAX || (!with_subgroups && name[0] != '.'))
        return 0;
    fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? 0 : used_below(fd, with_subgroups, depth + 1);
}

/* Takes over the descriptor. */
static int64_t used_below(int folder, bool with_subgroups, unsigned depth)
{
    DIR *d = fdopendir(folder);
    struct dirent *entry;
    int64_t sum = 0;

    if (!d) {
        close(folder);
        return 0;
    }
    while ((entry = readdir(d)) != NULL)
        sum += used_by(folder, entry->d_name, with_subgroups, depth);
    closedir(d);
    return sum;
}

int64_t space_used(const char *directory, const char *group, bool with_subgroups)
{
    struct buf path = {0};
    int64_t sum = 0;
    int fd = -1;

    buf_printf(&path, "%s/%s", directory, group);
    if (buf_check(&path) == 0)
        fd = open(buf_str(&path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        sum = used_below(fd, with_subgroups, 0);
    buf_release(&path);
    return sum;
}

/* For people: "512 KiB", "1.5 GiB". @return out */
static const char *size_text(char out[SIZE_TEXT_MAX], int64_t bytes)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB"};
    double size = (double)bytes;
    unsigned unit = 0;

    while (size >= 1024 && unit + 1 < LENGTH(units)) {
        size /= 1024;
        unit++;
    }
    snprintf(out, SIZE_TEXT_MAX, "%.*f %s", size < 10 && unit > 0 ? 1 : 0, size, units[unit]);
    return out;
}

/* What must stay free: as it was set, or 1 GiB, or a hundredth of a smaller disk. */
static int64_t floor_of(const struct statvfs *disk, int64_t set)
{
    int64_t hundredth = (int64_t)(disk->f_blocks / 100 * disk->f_frsize);

    if (set >= 0)
        return set;
    return hundredth < GIB ? hundredth : GIB;
}

static int check_disk(const char *directory, int64_t set, struct error *e)
{
    struct statvfs disk;
    int64_t least, left;
    char free_text[SIZE_TEXT_MAX], least_text[SIZE_TEXT_MAX];

    if (set == 0 || statvfs(directory, &disk) < 0)
        return 0;
    least = floor_of(&disk, set);
    left = (int64_t)(disk.f_bavail * disk.f_frsize);
    if (left >= least)
        return 0;
    return error_set(e, ERR_NO_SPACE, NULL,
                     "the disk is nearly full: %s are free, %s are to stay so",
                     size_text(free_text, left), size_text(least_text, least));
}

static int check_quota(int64_t used, int64_t quota, const char *whose, struct error *e)
{
    char used_text[SIZE_TEXT_MAX], quota_text[SIZE_TEXT_MAX];

    if (used < quota)
        return 0;
    return error_set(e, ERR_NO_SPACE, NULL, "%s recordings have %s, and may have %s", whose,
                     size_text(used_text, used), size_text(quota_text, quota));
}

int space_check(const char *directory, const char *group, const struct recorder_limits *limits,
                struct error *e)
{
    int r = check_disk(directory, limits->free_floor_bytes, e);

    if (r == 0 && limits->total_quota_bytes > 0)
        r = check_quota(space_used(directory, "", true), limits->total_quota_bytes, "all", e);
    if (r == 0 && group && limits->group_quota_bytes > 0)
        r = check_quota(space_used(directory, group, false), limits->group_quota_bytes,
                        "the group's", e);
    return r;
}
