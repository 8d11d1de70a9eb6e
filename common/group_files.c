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

void group_source_release(struct group_source *s)
{
    free(s->file_group);
    *s = (struct group_source){0};
}

/* A parse error gets the file's name in front of its place. */
static void name_file(struct error *e, const char *name)
{
    char place[sizeof e->place];
    char shown[40];

    if (!e || e->place[0] == 0)
        return;
    snprintf(place, sizeof place, "%s" SUFFIX " %.48s",
             span_printable(span_str(name), shown, sizeof shown), e->place);
    memcpy(e->place, place, sizeof place);
}

/* Shorten to the nearest ancestor. @return false when there is none */
static bool to_parent(char *name)
{
    size_t len = group_name_parent_len(span_str(name));

    name[len] = 0;
    return len > 0;
}

/* @param file_group shortened until a file was found */
static int load_nearest(struct group_desc **out, char *file_group, struct file_stamp *stamp,
                        const char *groups_dir, struct error *e)
{
    int r;

    do {
        char *path = group_file_path(groups_dir, file_group);

        if (!path)
            return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
        r = group_desc_load(out, path, stamp, e);
        free(path);
        if (r < 0 && r != ERR_NOT_FOUND)
            name_file(e, file_group);
    } while (r == ERR_NOT_FOUND && to_parent(file_group));
    return r;
}

int group_files_load(struct group_desc **out, struct group_source *source, const char *groups_dir,
                     const char *name, struct error *e)
{
    struct group_source found = {0};
    struct group_desc *desc = NULL;
    struct group_desc *child = NULL;
    int r = group_name_check(span_str(name), e);

    if (r < 0)
        return r;
    found.file_group = strdup(name);
    if (!found.file_group)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    r = load_nearest(&desc, found.file_group, &found.stamp, groups_dir, e);
    if (r < 0)
        goto out;
    found.is_inherited = strcmp(found.file_group, name) != 0;
    if (found.is_inherited && !desc->auto_subgroups) {
        r = ERR_NOT_FOUND;
        goto out;
    }
    if (found.is_inherited) {
        r = group_desc_subgroup(&child, desc);
        if (r < 0) {
            error_set(e, r, NULL, "the subgroup's description cannot be made");
            goto out;
        }
        group_desc_unref(desc);
        desc = child;
    }
    *out = desc;
    desc = NULL;
    if (source) {
        *source = found;
        found = (struct group_source){0};
    }
out:
    if (r == ERR_NOT_FOUND)
        error_set(e, r, NULL, "group does not exist");
    group_desc_unref(desc);
    group_source_release(&found);
    return r;
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

/* @param name below groups_dir, without ".json" yet to be judged */
static int scan_entry(struct names *names, const char *groups_dir, const char *name,
                      struct error *e)
{
    size_t len = strlen(name);
    struct buf path = {0};
    struct stat st;
    int r = 0;

    buf_printf(&path, "%s/%s", groups_dir, name);
    if (path.bad)
        r = ERR_NO_MEMORY;
    else if (lstat(buf_str(&path), &st) < 0)
        r = errno == ENOENT ? 0 : error_set_errno(e, NULL, "cannot look at a group file");
    else if (S_ISDIR(st.st_mode))
        r = group_name_check(span_str(name), NULL) < 0 ? 0 : scan_dir(names, groups_dir, name, e);
    else if ((S_ISREG(st.st_mode) || S_ISLNK(st.st_mode)) && len > SUFFIX_LEN &&
             strcmp(name + len - SUFFIX_LEN, SUFFIX) == 0 &&
             group_name_check(span_of(name, len - SUFFIX_LEN), NULL) == 0 &&
             !names_add(names, name, len - SUFFIX_LEN))
        r = ERR_NO_MEMORY;
    buf_release(&path);
    return r;
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
        r = name.bad ? ERR_NO_MEMORY : scan_entry(names, groups_dir, buf_str(&name), e);
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
