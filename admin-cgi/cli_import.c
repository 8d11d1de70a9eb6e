#include "admin-cgi/cli_import.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin-cgi/backup/backup_apply.h"
#include "admin-cgi/backup/backup_make.h"
#include "admin-cgi/backup/foreign_archive.h"
#include "admin-cgi/cli_internal.h"
#include "common/now.h"

/* What is to be taken in, and which of it. */
struct import {
    struct app app;
    struct arena arena;
    struct manifest m;
    int folder; /* has the files */
    bool apply;
    char **paths; /* only these; none: all */
    int n_paths;
};

static bool is_chosen(const struct import *im, const char *path)
{
    for (int i = 0; i < im->n_paths; i++) {
        if (strcmp(im->paths[i], path) == 0)
            return true;
    }
    return im->n_paths == 0;
}

/* One line for each file that is not as it is here already. */
static int go_through(struct import *im, struct error *e)
{
    struct actor actor = cli_actor();
    struct apply_plan plan;
    size_t n_done = 0;
    int r =
        apply_plan_make(&plan, &im->arena, &im->app, im->folder, &im->m, false, actor.now_us, e);

    for (size_t i = 0; r == 0 && i < plan.n; i++) {
        struct apply_item *item = &plan.items[i];
        struct error why = {0};

        if (!is_chosen(im, item->path) || item->outcome == APPLY_EQUAL)
            continue;
        if (im->apply && apply_item(&im->app, im->folder, item, &actor, &why) < 0)
            printf("failed %s: %s\n", item->path, why.text);
        else
            printf("%s %s%s%s\n", apply_outcome_name(item->outcome), item->path,
                   item->reason[0] ? ": " : "", item->reason);
        n_done += item->is_done;
    }
    if (r < 0)
        return r;
    for (size_t i = 0; i < im->m.n_left_out; i++) {
        if (is_chosen(im, im->m.left_out[i].path))
            printf("refused %s: %s\n", im->m.left_out[i].path, im->m.left_out[i].reason);
    }
    printf("new: %zu, differs: %zu, equal: %zu, refused: %zu\n", plan.n_outcomes[APPLY_NEW],
           plan.n_outcomes[APPLY_DIFFERS], plan.n_outcomes[APPLY_EQUAL],
           plan.n_outcomes[APPLY_REFUSED] + im->m.n_left_out);
    if (im->apply)
        printf("taken in: %zu\n", n_done);
    else
        printf("nothing was changed; --apply takes these files in, or those that are named\n");
    return 0;
}

/* A folder is packed first: who may read it need not be who may write the server's files. */
static int pack_folder(int *fd_out, const char *path, struct error *e)
{
    const struct backup_order order = {.kind = BACKUP_EVERYTHING, .now_us = now_realtime_us()};
    char *groups = path_join(path, "groups");
    FILE *file = tmpfile();
    struct manifest m = {0};
    int root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd = -1;
    int r = 0;

    if (root < 0)
        r = error_set_errno(e, path, "cannot be opened");
    else if (!file || (fd = fcntl(fileno(file), F_DUPFD_CLOEXEC, 3)) < 0)
        r = error_set_errno(e, NULL, "cannot make a temporary file");
    else if (!groups)
        r = error_set(e, ERR_NO_MEMORY, NULL, "no memory for a path name");
    if (r == 0)
        r = backup_collect(&m, root, groups, -1, &order, e);
    if (r == 0)
        r = archive_pack(fd, root, &m, span_of(NULL, 0), NULL, e);
    if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
        r = error_set_errno(e, NULL, "cannot read the temporary file");
    if (file)
        fclose(file);
    if (root >= 0)
        close(root);
    if (r < 0 && fd >= 0)
        close(fd);
    manifest_release(&m);
    free(groups);
    *fd_out = fd;
    return r;
}

static int open_source(int *fd_out, const char *path, struct error *e)
{
    struct stat st;

    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return pack_folder(fd_out, path, e);
    *fd_out = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    return *fd_out < 0 ? error_set_errno(e, path, "cannot be opened") : 0;
}

static int import_from(struct import *im, int fd, struct error *e)
{
    struct backup_place place = {0};
    struct backup_stage stage;
    int r = backup_place_open(&place, im->app.paths.data, e);

    if (r < 0)
        return r;
    r = backup_stage_begin(&stage, place.path, BACKUP_STAGE, e);
    im->folder = stage.folder;
    if (r == 0)
        r = foreign_unpack(fd, im->folder, &im->m, NULL, e);
    if (r == 0)
        r = go_through(im, e);
    backup_stage_end(&stage);
    backup_place_close(&place);
    return r;
}

int cli_import(const struct app_options *options, const struct cli_options *cli, int argc,
               char **argv, struct error *e)
{
    struct import im = {.folder = -1, .apply = cli->apply, .paths = argv + 1, .n_paths = argc - 1};
    int fd = -1, r;

    if (argc < 1)
        return error_set(e, ERR_INVALID, NULL,
                         "usage: admin-cgi import FOLDER|FILE [--apply] [PATH]... --dir DIR");
    r = open_source(&fd, argv[0], e);
    if (r == 0)
        r = cli_become_owner(options->dir, e);
    if (r == 0)
        r = cli_open_store(&im.app, options, true, e);
    if (r == 0) {
        r = import_from(&im, fd, e);
        app_release(&im.app);
    }
    if (fd >= 0)
        close(fd);
    arena_release(&im.arena);
    manifest_release(&im.m);
    return r;
}
