#include "admin-cgi/recordings/recording_move.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin-cgi/recordings/recording_folder.h"
#include "common/log.h"

static const struct log_ctx ctx = {.room = "recordings"};

bool recording_group_is_running(const char *root, const char *group, int64_t now_us)
{
    int folder = recording_folder_open(root, group);
    struct arena a = {0};
    struct recording *list = NULL;
    bool running = false;
    size_t n = 0;

    if (folder >= 0 && recording_folder_list(folder, &a, &list, &n) == 0) {
        for (size_t i = 0; i < n && !running; i++)
            running = recording_state_of(folder, &list[i], now_us) == RECORDING_RUNNING;
    }
    if (folder >= 0)
        close(folder);
    arena_release(&a);
    return running;
}

/* A folder below another one, made where there is none, with the mode of the folder it is for. */
static int folder_for(int parent, const char *name, mode_t mode)
{
    if (mkdirat(parent, name, mode & 07777) == 0) {
        int made = recording_folder_below(parent, name);

        if (made >= 0 && fchmod(made, mode & 07777) < 0)
            log_warn(&ctx, "the mode of the folder %s cannot be set", name);
        return made;
    }
    return errno == EEXIST ? recording_folder_below(parent, name) : -1;
}

/* The group's folder, each element made on the way. */
static int make_folder(const char *root, const char *group, mode_t mode)
{
    struct span rest = span_str(group), element;
    int folder = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    while (folder >= 0 && span_split(&rest, '/', &element)) {
        char name[NAME_MAX + 1];
        int next = span_copy(element, name, sizeof name) ? folder_for(folder, name, mode) : -1;

        close(folder);
        folder = next;
    }
    return folder;
}

static bool is_folder(int parent, const char *name)
{
    struct stat st;

    return fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static int move_entries(int from, int to, unsigned depth);

/* Both have such a folder: what is in it moves. */
static int merge_folder(int from, int to, const char *name, unsigned depth)
{
    int a = recording_folder_below(from, name), b = recording_folder_below(to, name);
    int r = a >= 0 && b >= 0 && depth < 3 ? move_entries(a, b, depth + 1) : -1;

    if (a >= 0)
        close(a);
    if (b >= 0)
        close(b);
    return r;
}

static int move_entry(int from, int to, const char *name, unsigned depth)
{
    bool folder = is_folder(from, name);

    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
        (folder && depth == 0 && name[0] != '.'))
        return 0; /* a folder without a dot is another group's */
    if (renameat2(from, name, to, name, RENAME_NOREPLACE) == 0 || errno == ENOENT)
        return 0;
    if (errno == EEXIST && folder)
        return merge_folder(from, to, name, depth);
    if (errno != EEXIST)
        return -1;
    log_warn(&ctx, "%s stays where it was: there is a recording of this name", name);
    return 0;
}

static int move_entries(int from, int to, unsigned depth)
{
    int copy = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = copy >= 0 ? fdopendir(copy) : NULL;
    struct dirent *entry;
    int r = d ? 0 : -1;

    while (r == 0 && (entry = readdir(d)))
        r = move_entry(from, to, entry->d_name, depth);
    if (d)
        closedir(d);
    else if (copy >= 0)
        close(copy);
    return r;
}

int recording_group_move(const char *root, const char *from, const char *to, struct error *e)
{
    int source = recording_folder_open(root, from), target;
    struct stat st;
    int r = 0;

    if (source < 0)
        return 0;
    target = fstat(source, &st) == 0 ? make_folder(root, to, st.st_mode) : -1;
    if (target < 0 || move_entries(source, target, 0) < 0)
        r = error_set_errno(e, to, "the recordings cannot be moved");
    if (target >= 0)
        close(target);
    close(source);
    return r;
}
