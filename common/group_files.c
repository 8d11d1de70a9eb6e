#include "common/group_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/group_name.h"

#define SUFFIX ".json"
#define SUFFIX_LEN (sizeof SUFFIX - 1)

char *group_file_path(const char *groups_dir, const char *name)
{
    struct buf path = {0};

    buf_printf(&path, "%s/%s" SUFFIX, groups_dir, name);
    if (buf_check(&path) < 0) {
        buf_release(&path);
        return NULL;
    }
    return path.data;
}

/* The names found so far. */
struct names {
    char **list;
    size_t n;
    size_t size;
};

static bool names_add(struct names *names, const char *name, size_t len)
{
    if (names->n == names->size) {
        size_t size = names->size ? names->size * 2 : 64;
        char **list = realloc(names->list, size * sizeof *list);

        if (!list)
            return false;
        names->list = list;
        names->size = size;
    }
    names->list[names->n] = strndup(name, len);
    return names->list[names->n] && ++names->n;
}

static void names_release(struct names *names)
{
    for (size_t i = 0; i < names->n; i++)
        free(names->list[i]);
    free(names->list);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int scan_dir(struct names *names, const char *groups_dir, const char *prefix,
                    struct error *e);

/* Its type as of S_IFMT, not following links; 0 when it is gone. Most file systems tell with the
 * name, which spares a system call for each file. */
static int type_of(mode_t *type, const struct dirent *entry, const char *groups_dir,
                   const char *name, struct error *e)
{
    struct buf path = {0};
    struct stat st = {0};
    int r = 0;

    *type = entry->d_type == DT_UNKNOWN ? 0 : DTTOIF(entry->d_type);
    if (*type)
        return 0;
    buf_printf(&path, "%s/%s", groups_dir, name);
    if (path.bad)
        r = ERR_NO_MEMORY;
    else if (lstat(buf_str(&path), &st) < 0 && errno != ENOENT)
        r = error_set_errno(e, NULL, "cannot look at a group file");
    *type = st.st_mode & S_IFMT;
    buf_release(&path);
    return r;
}

/* @param name of the entry, below groups_dir */
static int scan_entry(struct names *names, const struct dirent *entry, const char *groups_dir,
                      const char *name, struct error *e)
{
    size_t len = strlen(name);
    mode_t type;
    int r = type_of(&type, entry, groups_dir, name, e);

    if (r < 0)
        return r;
    if (S_ISDIR(type))
        return group_name_check(span_str(name), NULL) < 0 ? 0
                                                          : scan_dir(names, groups_dir, name, e);
    if ((S_ISREG(type) || S_ISLNK(type)) && len > SUFFIX_LEN &&
        strcmp(name + len - SUFFIX_LEN, SUFFIX) == 0 &&
        group_name_check(span_of(name, len - SUFFIX_LEN), NULL) == 0 &&
        !names_add(names, name, len - SUFFIX_LEN))
        return ERR_NO_MEMORY;
    return 0;
}

/* A folder that cannot be read is remembered, and the others are still walked. */
static int scan_dir(struct names *names, const char *groups_dir, const char *prefix,
                    struct error *e)
{
    struct buf path = {0};
    struct dirent *entry;
    DIR *dir;
    int result = 0;

    buf_printf(&path, "%s%s%s", groups_dir, prefix[0] ? "/" : "", prefix);
    if (path.bad)
        return ERR_NO_MEMORY;
    dir = opendir(buf_str(&path));
    buf_release(&path);
    if (!dir)
        return errno == ENOENT ? 0 : error_set_errno(e, NULL, "cannot read a folder of groups");
    while ((entry = readdir(dir)) && result != ERR_NO_MEMORY) {
        struct buf name = {0};
        int r;

        if (entry->d_name[0] == '.')
            continue;
        buf_printf(&name, "%s%s%s", prefix, prefix[0] ? "/" : "", entry->d_name);
        r = name.bad ? ERR_NO_MEMORY : scan_entry(names, entry, groups_dir, buf_str(&name), e);
        buf_release(&name);
        if (r < 0)
            result = r;
    }
    closedir(dir);
    return result;
}

int group_files_walk(const char *groups_dir, int (*visit)(const char *name, void *arg), void *arg,
                     struct error *e)
{
    struct names names = {0};
    int result = scan_dir(&names, groups_dir, "", e);
    int r = 0;

    if (result == ERR_NO_MEMORY) {
        names_release(&names);
        return error_set(e, result, NULL, "out of memory");
    }
    if (names.n > 1)
        qsort(names.list, names.n, sizeof *names.list, compare_names);
    for (size_t i = 0; i < names.n && r == 0; i++)
        r = visit(names.list[i], arg);
    names_release(&names);
    return r ? r : result;
}
