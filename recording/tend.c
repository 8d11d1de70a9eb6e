#include "recording/tend.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/log.h"
#include "recording/about.h"
#include "recording/film_file.h"
#include "recording/folder.h"
#include "recording/poster.h"
#include "recording/repair.h"
#include "recording/trash.h"

/* Folders inside one another: each takes a descriptor. */
#define DEPTH_MAX 128

static void say(const struct log_ctx *ctx, const char *name, const struct error *e)
{
    if (strcmp(e->place, name) == 0 || !*e->place)
        log_warn(ctx, "%s: %s", name, e->text);
    else
        log_warn(ctx, "%s: %s: %s", name, e->place, e->text);
}

static void tend_recording(int folder, const struct log_ctx *ctx, const char *name)
{
    struct about about = {0};
    struct error e = {0};
    int r = about_read(&about, folder, name, &e);

    if (r < 0) {
        int fd = folder_open_file(folder, name, O_RDONLY, 0);

        e = (struct error){0};
        r = fd >= 0 ? about_look(&about, fd, name, &e)
                    : error_set_errno(&e, NULL, "cannot be opened");
        if (fd >= 0)
            close(fd);
        if (r == 0)
            r = about_write(folder, name, &about, &e);
        if (r < 0)
            say(ctx, name, &e);
    }
    /* A recording whose pictures nobody can decode has no poster: this is no news every hour. */
    if (r == 0 && about.video && !poster_exists(folder, name)) {
        r = poster_make(folder, name, &e);
        if (r == ERR_NOT_FOUND || r == ERR_UNSUPPORTED)
            log_debug(ctx, "%s: %s", name, e.text);
        else if (r < 0)
            say(ctx, name, &e);
    }
}

static void tend_part(int folder, const struct log_ctx *ctx, const char *name, int64_t now_us)
{
    enum repair_result result;
    char done[256];
    struct error e = {0};

    if (repair_part(&result, done, sizeof done, folder, name, now_us, &e) < 0) {
        say(ctx, name, &e);
        return;
    }
    if (result == REPAIR_DONE) {
        log_info(ctx, "repaired %s, which a crash left unfinished", done);
        tend_recording(folder, ctx, done);
    } else if (result == REPAIR_EMPTY) {
        log_info(ctx, "removed %s: a crash left it without a single frame", name);
    }
}

static void tend_folder(int folder, const char *group, unsigned depth, int64_t now_us);

static void tend_below(int folder, const char *group, const char *name, unsigned depth,
                       int64_t now_us)
{
    const struct log_ctx ctx = {.room = "recording", .group = *group ? group : NULL};
    int fd = folder_open(folder, name);
    struct buf path = {0};

    if (fd < 0) {
        /* A link is nobody's recording; anything else that cannot be opened is said. */
        if (errno != ELOOP && errno != ENOTDIR && errno != ENOENT && errno != EXDEV)
            log_warn(&ctx, "%s: the folder cannot be opened: %s", name, strerror(errno));
        return;
    }
    buf_printf(&path, "%s%s%s", group, *group ? "/" : "", name);
    if (depth == DEPTH_MAX)
        log_warn(&ctx, "%s: folders are too deep inside one another", name);
    else if (buf_check(&path) == 0)
        tend_folder(fd, buf_str(&path), depth + 1, now_us);
    buf_release(&path);
    close(fd);
}

static void tend_folder(int folder, const char *group, unsigned depth, int64_t now_us)
{
    const struct log_ctx ctx = {.room = "recording", .group = *group ? group : NULL};
    struct folder_names names;
    struct error e = {0};

    if (folder_list(&names, folder, &e) < 0) {
        log_warn(&ctx, "%s", e.text);
        return;
    }
    for (size_t i = 0; i < names.n; i++) {
        const char *name = names.names[i];

        if (name_is_part(name))
            tend_part(folder, &ctx, name, now_us);
        else if (name[0] == '.' && (name_ends(name, REPAIR_SUFFIX) || name_ends(name, FILM_SUFFIX)))
            repair_sweep(folder, name);
        else if (name_is_recording(name) && folder_has_file(folder, name, NULL))
            tend_recording(folder, &ctx, name);
        else if (name[0] != '.' && !folder_has_file(folder, name, NULL))
            tend_below(folder, group, name, depth, now_us);
    }
    folder_names_release(&names);
    trash_empty(folder, group, now_us);
}

int tend(const char *directory, int64_t now_us, struct error *e)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return error_set_errno(e, directory, "cannot be opened");
    tend_folder(fd, "", 0, now_us);
    close(fd);
    return 0;
}
