#include "admin-cgi/backup/backup_place.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/atomic_file.h"
#include "common/macros.h"
#include "common/now.h"

#define FOLDER "backups"
#define OPEN_FOLDERS_MAX 16

int data_folder_open(const char *data, const char *name, struct error *e)
{
    char place[64];
    char *path = path_join(data, name);
    int folder = -1;

    snprintf(place, sizeof place, "data/%s", name);
    if (!path)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for a path");
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        folder = error_set_errno(e, place, "cannot make the folder");
    else if ((folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0)
        folder = error_set_errno(e, place, "cannot open the folder");
    free(path);
    return folder;
}

int backup_folder_open(const char *data, struct error *e)
{
    return data_folder_open(data, FOLDER, e);
}

static int hold(struct backup_place *p, const char *data, struct error *e)
{
    p->path = path_join(data, FOLDER);
    if (!p->path)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for a path");
    p->folder = backup_folder_open(data, e);
    if (p->folder < 0)
        return p->folder;
    p->lock = openat(p->folder, ".lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (p->lock < 0)
        return error_set_errno(e, "data/" FOLDER "/.lock", "cannot open the file");
    if (flock(p->lock, LOCK_EX | LOCK_NB) < 0)
        return error_set(e, ERR_BUSY, NULL, "another backup is being made or restored; try again");
    return 0;
}

int backup_place_open(struct backup_place *p, const char *data, struct error *e)
{
    int r;

    *p = (struct backup_place){.folder = -1, .lock = -1, .is_open = true};
    r = hold(p, data, e);
    if (r < 0)
        backup_place_close(p);
    return r;
}

void backup_place_close(struct backup_place *p)
{
    if (!p->is_open)
        return;
    if (p->folder >= 0)
        close(p->folder);
    if (p->lock >= 0)
        close(p->lock);
    free(p->path);
    memset(p, 0, sizeof *p);
}

static void make_name(char out[BACKUP_NAME_SIZE], const char *prefix, int64_t made_us, unsigned n,
                      bool is_sealed)
{
    char when[32] = "", number[16] = "";

    (void)time_format_utc(when, sizeof when, made_us, "%Y%m%d-%H%M%S");
    if (n > 1)
        snprintf(number, sizeof number, "-%u", n);
    snprintf(out, BACKUP_NAME_SIZE, "%s-%s%s.tar.gz%s", prefix, when, number,
             is_sealed ? ".age" : "");
}

void backup_name(char out[BACKUP_NAME_SIZE], const char *prefix, int64_t made_us, bool is_sealed)
{
    make_name(out, prefix, made_us, 1, is_sealed);
}

void backup_name_free(const struct backup_place *p, char out[BACKUP_NAME_SIZE], const char *prefix,
                      int64_t made_us, bool is_sealed)
{
    unsigned n = 1;

    do
        make_name(out, prefix, made_us, n++, is_sealed);
    while (faccessat(p->folder, out, F_OK, AT_SYMLINK_NOFOLLOW) == 0);
}

bool backup_name_ok(const char *name)
{
    static const char *const ends[] = {".tar.gz", ".tar.gz.age"};
    size_t len = strlen(name);

    if (len >= BACKUP_NAME_SIZE || name[0] == '.' || strchr(name, '/'))
        return false;
    for (size_t i = 0; i < 2; i++) {
        size_t end = strlen(ends[i]);

        if (len > end && strcmp(name + len - end, ends[i]) == 0)
            return true;
    }
    return false;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)st;
    (void)type;
    (void)where;
    return remove(path) < 0 && errno != ENOENT ? -1 : 0;
}

int folder_remove(const char *path, struct error *e)
{
    if (nftw(path, remove_one, OPEN_FOLDERS_MAX, FTW_DEPTH | FTW_PHYS) < 0 && errno != ENOENT)
        return error_set_errno(e, NULL, "cannot remove what an earlier attempt left");
    return 0;
}

int folder_make_empty(const char *path, int *fd_out, struct error *e)
{
    int r = folder_remove(path, e);

    if (r < 0)
        return r;
    if (mkdir(path, 0700) < 0)
        return error_set_errno(e, NULL, "cannot make a folder");
    *fd_out = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return *fd_out < 0 ? error_set_errno(e, NULL, "cannot open a folder") : 0;
}

void backup_place_clear(const char *data)
{
    static const char *const folders[] = {BACKUP_STAGE, BACKUP_COPIES};
    struct backup_place place = {0};

    if (backup_place_open(&place, data, NULL) < 0)
        return;
    for (size_t i = 0; i < LENGTH(folders); i++) {
        char *path = path_join(place.path, folders[i]);

        if (path)
            (void)!folder_remove(path, NULL);
        free(path);
    }
    unlinkat(place.folder, BACKUP_UNFINISHED, 0);
    backup_place_close(&place);
}

int backup_stage_begin(struct backup_stage *s, const char *parent, const char *name,
                       struct error *e)
{
    *s = (struct backup_stage){.path = path_join(parent, name), .folder = -1};
    return s->path ? folder_make_empty(s->path, &s->folder, e)
                   : error_set(e, ERR_NO_MEMORY, NULL, "no memory for a path name");
}

void backup_stage_end(struct backup_stage *s)
{
    if (s->folder >= 0)
        close(s->folder);
    if (s->path)
        (void)!folder_remove(s->path, NULL);
    free(s->path);
}
