#include "recording/film_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/group_name.h"
#include "common/log.h"
#include "common/recording_name.h"
#include "recording/about.h"
#include "recording/film.h"
#include "recording/film_output.h"
#include "recording/folder.h"
#include "recording/meeting.h"
#include "recording/parent_folder.h"
#include "recording/poster.h"

#define FILE_MODE 0640
#define PROGRESS_STEP 0.01
#define NAME_SIZE 256
/* What a film leaves free on the disk: meetings are recorded there meanwhile. */
#define LEFT_FREE ((uint64_t)64 * 1024 * 1024)

static const struct log_ctx ctx = {.room = "recording"};

struct film_file {
    int sources, folder; /* of the recordings, and of the film */
    int fd;
    char name[NAME_SIZE];
    char temporary[NAME_SIZE + 16];
};

/* SIGTERM waits while a film is made, so that nothing is left of it. */
static bool is_asked_to_end(void)
{
    sigset_t waiting;

    return sigpending(&waiting) == 0 && sigismember(&waiting, SIGTERM) == 1;
}

static int let_sigterm_wait(struct error *e)
{
    sigset_t signals;

    if (sigemptyset(&signals) < 0 || sigaddset(&signals, SIGTERM) < 0 ||
        sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
        return error_set_errno(e, NULL, "signals cannot be held back");
    return 0;
}

/* @param told what was said last */
static bool say_progress(void *told, double done)
{
    double *last = told;

    if (done >= *last + PROGRESS_STEP) {
        *last = done;
        printf("progress %.2f\n", done);
        fflush(stdout);
    }
    return !is_asked_to_end();
}

/* ---- before ---- */

static int open_group(const char *directory, const char *group, struct error *e)
{
    int root, fd;

    if (group_name_check(span_str(group), NULL) < 0)
        return error_set(e, ERR_INVALID, group, "this is no name of a group");
    root = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return error_set_errno(e, directory, "cannot be opened");
    fd = folder_open(root, group);
    if (fd < 0)
        fd = errno == ENOENT
                 ? error_set(e, ERR_NOT_FOUND, group, "this group has no recordings")
                 : error_set_errno(e, group, "the recordings of this group cannot be opened");
    close(root);
    return fd;
}

/* The film's place and name. */
static int choose_place(struct film_file *f, const char *start, const char *output, struct error *e)
{
    const char *name;

    if (output) {
        f->folder = parent_folder_open(output, &name, e);
        if (f->folder < 0)
            return f->folder;
        if (!*name || strlen(name) >= sizeof f->name)
            return error_set(e, ERR_INVALID, output, "this is no name for a film");
        snprintf(f->name, sizeof f->name, "%s", name);
    } else {
        f->folder = folder_open(f->sources, ".");
        if (f->folder < 0)
            return error_set_errno(e, NULL, "the recordings of this group cannot be opened");
        snprintf(f->name, sizeof f->name, "%.*s-film.webm", RECORDING_TIME_LEN, start);
        f->name[13] = f->name[16] = ':'; /* also when START is of a download */
    }
    snprintf(f->temporary, sizeof f->temporary, ".%s" FILM_SUFFIX, f->name);
    if (faccessat(f->folder, f->name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return error_set(e, ERR_EXISTS, f->name, "this film is there already");
    return 0;
}

static int open_temporary(struct film_file *f, struct error *e)
{
    f->fd = folder_make_locked(f->folder, f->temporary, FILE_MODE);
    if (f->fd < 0 && errno == EWOULDBLOCK)
        return error_set(e, ERR_BUSY, f->name, "somebody else makes this film");
    if (f->fd < 0)
        return error_set_errno(e, f->name, "cannot be made");
    if (ftruncate(f->fd, 0) < 0)
        return error_set_errno(e, f->name, "cannot be made");
    return 0;
}

static int64_t length_us(const struct meeting *m)
{
    int64_t end_us = m->files[0].end_us;

    for (size_t i = 1; i < m->n; i++) {
        if (m->files[i].end_us > end_us)
            end_us = m->files[i].end_us;
    }
    return end_us - m->files[0].start_us;
}

static int check_room(const struct film_file *f, const struct meeting *m, struct error *e)
{
    uint64_t bytes = (uint64_t)(length_us(m) / 1000000 + 1) * FILM_BYTES_PER_S;
    struct statvfs fs;

    if (fstatvfs(f->fd, &fs) < 0)
        return error_set_errno(e, f->name, "the free space is not known");
    if ((uint64_t)fs.f_bavail * fs.f_frsize < bytes + LEFT_FREE)
        return error_set(e, ERR_NO_SPACE, f->name, "this film needs %llu MB of free space",
                         (unsigned long long)((bytes + LEFT_FREE) / 1000000));
    return 0;
}

/* ---- after ---- */

static void describe(const struct film_file *f, struct error *e)
{
    struct about about;
    int r = about_look(&about, f->fd, f->name, e);

    if (r == 0) {
        about.is_film = true;
        *about.username = 0;
        snprintf(about.label, sizeof about.label, "film");
        r = about_write(f->folder, f->name, &about, e);
    }
    if (r == 0)
        r = poster_make(f->folder, f->name, e);
    if (r < 0)
        log_warn(&ctx, "%s: %s", f->name, e->text);
}

static int publish(const struct film_file *f, bool is_described, struct error *e)
{
    struct error unimportant = {0};

    if (fsync(f->fd) < 0)
        return error_set_errno(e, f->name, "cannot be written to disk");
    /* To put the Cues in front and all on the disk takes a while for a long film. */
    if (is_asked_to_end())
        return error_set(e, ERR_WRONG_STATE, NULL, "the film was stopped");
    if (renameat2(f->folder, f->temporary, f->folder, f->name, RENAME_NOREPLACE) < 0)
        return error_set_errno(e, f->name, "the film cannot be given its name");
    if (is_described)
        describe(f, &unimportant);
    return 0;
}

static int make(struct film_file *f, const struct meeting *m, const char *output, struct error *e)
{
    double told = 0;
    int r = let_sigterm_wait(e);

    if (r == 0)
        r = open_temporary(f, e);
    if (r < 0)
        return r;
    r = check_room(f, m, e);
    if (r == 0)
        r = film_make(m, f->sources, f->fd, say_progress, &told, e);
    if (r == 0)
        r = publish(f, !output, e);
    if (r < 0)
        unlinkat(f->folder, f->temporary, 0);
    return r;
}

int film_file_make(const char *directory, const char *group, const char *start, const char *output,
                   struct error *e)
{
    struct film_file f = {.folder = -1, .fd = -1};
    struct meeting m = {0};
    int r;

    f.sources = open_group(directory, group, e);
    r = f.sources < 0 ? f.sources : 0;
    if (r == 0)
        r = meeting_find(&m, f.sources, start, e);
    if (r == 0)
        r = choose_place(&f, start, output, e);
    if (r == 0)
        r = make(&f, &m, output, e);
    meeting_release(&m);
    if (r < 0) {
        char text[sizeof e->place + sizeof e->text + 4];

        printf("failed %s\n", error_describe(e, text, sizeof text));
    } else if (output) {
        printf("done %s\n", output);
    } else {
        printf("done %s/%s/%s\n", directory, group, f.name);
    }
    if (f.fd >= 0)
        close(f.fd);
    if (f.folder >= 0)
        close(f.folder);
    if (f.sources >= 0)
        close(f.sources);
    return r;
}
