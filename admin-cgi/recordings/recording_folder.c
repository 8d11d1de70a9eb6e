#include "admin-cgi/recordings/recording_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "admin-cgi/recordings/recording_beside.h"
#include "common/group_name.h"
#include "common/log.h"
#include "common/now.h"
#include "common/recording_name.h"

#define FILES_MAX 100000
#define GROUPS_MAX 100000
#define DEPTH_MAX 32
#define YOUNG_US (2 * US_PER_S) /* its writer may not have locked it yet */

static const struct log_ctx ctx = {.room = "recordings"};

/* ---- names ---- */

bool recording_is_name(const char *name)
{
    size_t len = strlen(name), marker = sizeof RECORDING_DELETED - 1;

    return name[0] && name[0] != '.' && !strchr(name, '/') && len <= NAME_MAX &&
           span_is_utf8(span_str(name)) &&
           !(len > marker && strcmp(name + len - marker, RECORDING_DELETED) == 0);
}

const char *recording_download_name(struct arena *a, const char *name)
{
    char *out = arena_str(a, name);

    for (char *c = out; c && *c; c++) {
        if (*c == ':')
            *c = '-';
    }
    return out;
}

/* @return false when out of memory */
static bool read_name(struct recording_said *out, struct arena *a, const char *name)
{
    char user[NAME_MAX + 1];

    *out = (struct recording_said){.stamp = "", .username = ""};
    if (!recording_name_time(name, &out->started_us))
        return true;
    recording_name_user(name, user, sizeof user);
    out->stamp = arena_dup(a, span_of(name, RECORDING_TIME_LEN));
    out->username = arena_str(a, user);
    return out->stamp && out->username;
}

/* ---- folders ---- */

int recording_folder_below(int folder, const char *path)
{
    const struct open_how how = {
        .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };

    return (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
}

int recording_folder_open(const char *root, const char *group)
{
    int top, fd;

    if (group_name_check(span_str(group), NULL) < 0)
        return -1;
    top = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top < 0)
        return -1;
    fd = recording_folder_below(top, group);
    close(top);
    return fd;
}

bool recording_stat(int folder, const char *name, struct stat *st)
{
    return recording_is_name(name) && fstatat(folder, name, st, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(st->st_mode);
}

/* ---- lists ---- */

/* Room for one more in an array of the arena. */
static void *grown(struct arena *a, void *list, size_t n, size_t *size, size_t each)
{
    size_t wanted = *size ? 2 * *size : 64;
    void *bigger;

    if (n < *size)
        return list;
    bigger = arena_array(a, wanted, each);
    if (bigger && n)
        memcpy(bigger, list, n * each);
    if (bigger)
        *size = wanted;
    return bigger;
}

int64_t recording_from_us(const struct recording *r)
{
    return r->says.started_us ? r->says.started_us : r->mtime_us;
}

int recording_newest_first(const struct recording *a, const struct recording *b)
{
    int64_t from = recording_from_us(a), to = recording_from_us(b);

    return from != to ? (from < to) - (from > to) : strcmp(a->name, b->name);
}

static int newest_first(const void *a, const void *b)
{
    return recording_newest_first(a, b);
}

/* A descriptor of its own for readdir(3), which takes it over. */
static DIR *directory_of(int folder)
{
    int fd = recording_folder_below(folder, ".");
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;

    if (!d && fd >= 0)
        close(fd);
    return d;
}

int recording_folder_list(int folder, struct arena *a, struct recording **out, size_t *n_out)
{
    DIR *d = directory_of(folder);
    struct recording *list = NULL;
    struct dirent *entry;
    size_t n = 0, size = 0;

    if (!d)
        return ERR_IO;
    while (!a->bad && n < FILES_MAX && (entry = readdir(d))) {
        struct recording r = {0};
        struct stat st;

        if (!recording_stat(folder, entry->d_name, &st))
            continue;
        list = grown(a, list, n, &size, sizeof *list);
        r.name = arena_str(a, entry->d_name);
        r.size_bytes = st.st_size;
        r.mtime_us = st.st_mtim.tv_sec * US_PER_S + st.st_mtim.tv_nsec / 1000;
        if (list && r.name && read_name(&r.says, a, r.name))
            list[n++] = r;
    }
    closedir(d);
    if (a->bad)
        return ERR_NO_MEMORY;
    if (n)
        qsort(list, n, sizeof *list, newest_first);
    *out = list;
    *n_out = n;
    return 0;
}

bool recording_group_has_any(const char *root, const char *group)
{
    int folder = recording_folder_open(root, group);
    DIR *d = folder >= 0 ? directory_of(folder) : NULL;
    bool found = false;
    struct dirent *entry;
    struct stat st;

    while (d && !found && (entry = readdir(d)))
        found = strcmp(entry->d_name, ".trash") == 0 || recording_stat(folder, entry->d_name, &st);
    if (d)
        closedir(d);
    if (folder >= 0)
        close(folder);
    return found;
}

/* ---- all groups ---- */

struct walk {
    struct arena *a;
    const char **names;
    size_t n, size;
};

static void walk_below(struct walk *w, int folder, const char *group, unsigned depth)
{
    DIR *d = directory_of(folder);
    struct dirent *entry;

    while (d && !w->a->bad && w->n < GROUPS_MAX && (entry = readdir(d))) {
        const char *name;
        int below;

        if (entry->d_name[0] == '.' || (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN) ||
            depth == DEPTH_MAX)
            continue;
        below = recording_folder_below(folder, entry->d_name);
        if (below < 0)
            continue;
        name = arena_printf(w->a, "%s%s%s", group, *group ? "/" : "", entry->d_name);
        w->names = grown(w->a, w->names, w->n, &w->size, sizeof *w->names);
        if (name && w->names && group_name_check(span_str(name), NULL) == 0) {
            w->names[w->n++] = name;
            walk_below(w, below, name, depth + 1);
        }
        close(below);
    }
    if (d)
        closedir(d);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int recording_groups(const char *root, struct arena *a, const char ***out, size_t *n_out)
{
    struct walk w = {.a = a};
    int top = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (top < 0)
        return ERR_IO;
    walk_below(&w, top, "", 0);
    close(top);
    if (a->bad)
        return ERR_NO_MEMORY;
    if (w.n)
        qsort(w.names, w.n, sizeof *w.names, by_name);
    *out = w.names;
    *n_out = w.n;
    return 0;
}

/* ---- one recording ---- */

enum recording_state recording_state_of(int folder, const struct recording *r, int64_t now_us)
{
    bool is_part = recording_name_is_part(r->name);
    bool is_locked;
    int fd;

    if (is_part && now_us - r->mtime_us < YOUNG_US)
        return RECORDING_RUNNING;
    fd = openat(folder, r->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    is_locked = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
    if (fd >= 0)
        close(fd);
    if (is_locked)
        return RECORDING_RUNNING;
    return is_part ? RECORDING_UNFINISHED : RECORDING_DONE;
}

void recording_about_of(int folder, const char *name, struct arena *a, struct recording_about *out)
{
    struct stat st;
    int fd = recording_beside_open(folder, name, ".json", &st);
    char *text = NULL;
    struct error e = {0};
    ssize_t n = -1;

    *out = recording_about_nothing;
    if (fd < 0)
        return;
    if (st.st_size <= RECORDING_ABOUT_MAX)
        text = arena_alloc(a, (size_t)st.st_size + 1);
    if (text)
        n = read(fd, text, (size_t)st.st_size);
    close(fd);
    if (n < 0 || recording_about_parse(out, a, span_of(text, (size_t)n), &e) < 0)
        log_warn(&ctx, "what is said of a recording cannot be read: %s: %s", e.place, e.text);
}

bool recording_has_poster(int folder, const char *name)
{
    struct stat st;
    int fd = recording_beside_open(folder, name, ".png", &st);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

int recording_folder_sum(const char *root, const char *group, struct arena *a, size_t *n_out,
                         int64_t *bytes_out)
{
    int folder = recording_folder_open(root, group);
    struct recording *list = NULL;
    int r;

    *n_out = 0;
    *bytes_out = 0;
    if (folder < 0)
        return 0;
    r = recording_folder_list(folder, a, &list, n_out);
    for (size_t i = 0; r == 0 && i < *n_out; i++)
        *bytes_out += list[i].size_bytes;
    close(folder);
    return r;
}
