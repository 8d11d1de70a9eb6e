#include "recording/repair.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/log.h"
#include "common/now.h"
#include "recording/about.h"
#include "recording/folder.h"
#include "recording/media_input.h"
#include "recording/remux.h"

/* The program that makes a recording locks it right after, and writes right after that: an empty
 * file that is older has nobody who still will. */
#define YOUNG_US (60 * US_PER_S)
/* A program that ended while it wrote the header wrote no more than this. */
#define HEADER_MAX 8192
/* Cues and the header's new members, on top of what is copied. */
#define COPY_EXTRA (1024 * 1024)
#define FILE_MODE 0640
#define NAME_SIZE 256

static const struct log_ctx ctx = {.room = "recording"};

struct repair {
    int folder, part, copy;
    const char *name;      /* of the part */
    char final[NAME_SIZE]; /* its name without .part */
    char temporary[NAME_SIZE + 16];
    struct stat st; /* of the part */
};

/* @return 1: it is ours; 0: it is not, now; ERR_IO */
static int open_and_lock(struct repair *r, int64_t now_us, struct error *e)
{
    r->part = folder_open_file(r->folder, r->name, O_RDONLY, 0);
    if (r->part < 0)
        return errno == ENOENT ? 0 : error_set_errno(e, r->name, "cannot be opened");
    if (fstat(r->part, &r->st) < 0)
        return error_set_errno(e, r->name, "cannot be looked at");
    /* It may have been made a moment ago, and its maker has not locked it yet. */
    if (r->st.st_size == 0 && now_us - r->st.st_mtim.tv_sec * US_PER_S < YOUNG_US)
        return 0;
    if (flock(r->part, LOCK_EX | LOCK_NB) < 0)
        return errno == EWOULDBLOCK ? 0 : error_set_errno(e, r->name, "cannot be locked");
    /* The process that held the lock may have finished the file meanwhile, or written more. */
    if (fstat(r->part, &r->st) < 0)
        return error_set_errno(e, r->name, "cannot be looked at");
    return folder_is_same(r->folder, r->name, r->part);
}

static int check_room(const struct repair *r, struct error *e)
{
    struct statvfs fs;

    if (fstatvfs(r->part, &fs) < 0)
        return error_set_errno(e, r->name, "the free space is not known");
    if ((uint64_t)fs.f_bavail * fs.f_frsize < (uint64_t)r->st.st_size + COPY_EXTRA)
        return error_set(e, ERR_NO_SPACE, r->name,
                         "it stays unfinished: repairing it needs %lld MB of free space",
                         (long long)((r->st.st_size + COPY_EXTRA) / 1000000 + 1));
    return 0;
}

/* A crash between the last two steps of a repair leaves both: the copy, and what it was made of.
 * @return 1: it is the copy; 0: there is none; ERR_EXISTS */
static int look_for_copy(const struct repair *r, struct error *e)
{
    struct about ours, theirs;
    int fd;

    if (!folder_has_file(r->folder, r->final, NULL))
        return 0;
    fd = folder_open_file(r->folder, r->final, O_RDONLY, 0);
    if (fd >= 0 && about_look(&ours, r->part, r->final, NULL) == 0 &&
        about_look(&theirs, fd, r->final, NULL) == 0 && ours.started_us == theirs.started_us &&
        theirs.duration_us >= ours.duration_us) {
        close(fd);
        return 1;
    }
    if (fd >= 0)
        close(fd);
    return error_set(e, ERR_EXISTS, r->name, "it stays unfinished: another recording has its name");
}

static int open_copy(struct repair *r, struct error *e)
{
    /* Only who holds the part's lock makes this file: one that is there is of a repair that died.
     */
    if (unlinkat(r->folder, r->temporary, 0) < 0 && errno != ENOENT)
        return error_set_errno(e, r->name, "an old copy cannot be removed");
    r->copy = folder_make_locked(r->folder, r->temporary, FILE_MODE);
    return r->copy < 0 ? error_set_errno(e, r->name, "the copy cannot be made") : 0;
}

static int remove_part(const struct repair *r, struct error *e)
{
    if (unlinkat(r->folder, r->name, 0) < 0)
        return error_set_errno(e, r->name, "cannot be removed");
    return 0;
}

static int finish(struct repair *r, const struct remux_result *copied, struct error *e)
{
    struct about about;
    int rc;

    if (fsync(r->copy) < 0)
        return error_set_errno(e, r->name, "the copy cannot be written to disk");
    rc = about_look(&about, r->copy, r->final, e);
    if (rc < 0)
        return rc;
    about.is_repaired = true;
    about.duration_us = copied->duration_us;
    if (renameat2(r->folder, r->temporary, r->folder, r->final, RENAME_NOREPLACE) < 0)
        return error_set_errno(e, r->name, "the copy cannot be given its name");
    if (fsync(r->folder) < 0)
        return error_set_errno(e, r->name, "the folder cannot be written to disk");
    if (about_write(r->folder, r->final, &about, e) < 0)
        log_warn(&ctx, "%s: %s", r->final, e->text);
    return remove_part(r, e);
}

static int repair(enum repair_result *result, struct repair *r, struct error *e)
{
    struct remux_result copied = {0};
    int rc = look_for_copy(r, e);

    *result = REPAIR_DONE;
    if (rc != 0)
        return rc < 0 ? rc : remove_part(r, e);
    rc = check_room(r, e);
    if (rc == 0)
        rc = open_copy(r, e);
    if (rc == 0)
        rc =
            remux(&copied, r->part, r->copy, name_ends(r->final, ".webm") ? "webm" : "matroska", e);
    if (rc == ERR_INVALID && r->st.st_size <= HEADER_MAX)
        rc = 0;
    if (rc == 0 && copied.n_packets > 0) {
        rc = finish(r, &copied, e);
    } else if (rc == 0) {
        *result = REPAIR_EMPTY;
        rc = remove_part(r, e);
    }
    if (r->copy >= 0)
        unlinkat(r->folder, r->temporary, 0); /* there is none after success */
    if (rc < 0 && e && !*e->place)
        snprintf(e->place, sizeof e->place, "%s", r->name);
    return rc;
}

int repair_part(enum repair_result *result, char *out_name, size_t size, int folder,
                const char *name, int64_t now_us, struct error *e)
{
    struct repair r = {.folder = folder, .part = -1, .copy = -1, .name = name};
    size_t len = strlen(name);
    int rc;

    if (!name_is_part(name) || len >= NAME_SIZE)
        return error_set(e, ERR_INVALID, name, "this is no unfinished recording");
    snprintf(r.final, sizeof r.final, "%.*s", (int)(len - strlen(".part")), name);
    snprintf(r.temporary, sizeof r.temporary, ".%s" REPAIR_SUFFIX, r.final);
    *result = REPAIR_SKIPPED;
    rc = open_and_lock(&r, now_us, e);
    if (rc > 0)
        rc = repair(result, &r, e);
    if (rc == 0 && *result == REPAIR_DONE)
        snprintf(out_name, size, "%s", r.final);
    if (r.copy >= 0)
        close(r.copy);
    if (r.part >= 0)
        close(r.part);
    return rc;
}

void repair_sweep(int folder, const char *name)
{
    int fd = folder_open_file(folder, name, O_RDONLY, 0);

    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && folder_is_same(folder, name, fd) &&
        unlinkat(folder, name, 0) < 0)
        log_warn(&ctx, "%s: what a crash left cannot be removed", name);
    close(fd);
}
