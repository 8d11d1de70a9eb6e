#include "admin-cgi/cli_restore.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin-cgi/backup/backup_apply.h"
#include "admin-cgi/backup/backup_make.h"
#include "admin-cgi/backup/restore.h"
#include "admin-cgi/cli_internal.h"
#include "admin-cgi/keeper.h"
#include "common/instance_lock.h"
#include "common/now.h"

#define SERVER_WAIT_US (60 * US_PER_S)
#define LOOK_US 100000

/* ---- groups ---- */

/* What this file has of groups goes through the store, as an edit would. */
static int apply_groups(struct app *app, const char *stage, int fd, struct span passphrase,
                        const char *group, struct error *e)
{
    struct arena arena = {0};
    struct manifest m = {0};
    struct apply_plan plan = {0};
    struct actor actor = cli_actor();
    size_t n_done = 0, n_seen = 0;
    int folder = -1;
    int r = folder_make_empty(stage, &folder, e);

    if (r == 0)
        r = archive_unpack(fd, folder, &m, passphrase, NULL, e);
    if (r == 0)
        r = apply_plan_make(&plan, &arena, app, folder, &m, true, actor.now_us, e);
    for (size_t i = 0; r == 0 && i < plan.n; i++) {
        struct apply_item *item = &plan.items[i];

        if (group && !span_eq_str(manifest_path_group(item->path), group))
            continue;
        n_seen++;
        r = apply_item(app, folder, item, &actor, e);
        n_done += item->is_done;
        if (r == 0 && item->outcome != APPLY_EQUAL)
            printf("%s %s%s%s\n", apply_outcome_name(item->outcome), item->path,
                   item->reason[0] ? ": " : "", item->reason);
    }
    if (r == 0 && n_seen == 0)
        r = error_set(e, ERR_NOT_FOUND, group, "the backup has no such group");
    if (r == 0)
        printf("%zu of %zu groups were put back; groups that the backup does not have stay\n",
               n_done, n_seen);
    if (folder >= 0)
        close(folder);
    (void)!folder_remove(stage, NULL);
    manifest_release(&m);
    arena_release(&arena);
    return r;
}

static int restore_groups(const struct app_options *options, int fd, struct span passphrase,
                          const char *group, struct error *e)
{
    const struct backup_order keep = {.kind = BACKUP_EVERYTHING, .now_us = now_realtime_us()};
    char name[BACKUP_NAME_SIZE];
    struct backup_place place = {0};
    struct manifest kept = {0};
    struct app app = {0};
    char *stage = NULL;
    int r = cli_open_store(&app, options, true, e);

    if (r < 0)
        return r;
    backup_name(name, "before-restore", keep.now_us, false);
    r = backup_place_open(&place, app.paths.data, e);
    if (r == 0) {
        stage = path_join(place.path, ".unpacked");
        r = stage ? backup_keep(&place, app.db, &app.paths, &keep, name, &kept, e)
                  : error_set(e, ERR_NO_MEMORY, NULL, "no memory for a path name");
    }
    if (r == 0)
        r = apply_groups(&app, stage, fd, passphrase, group, e);
    if (r == 0)
        printf("what was there is in data/backups/%s\n", name);
    free(stage);
    manifest_release(&kept);
    backup_place_close(&place);
    app_release(&app);
    return r;
}

/* ---- everything ---- */

/* The running server stops its children, puts the state back and starts them anew. */
static int let_server_do_it(const struct app_paths *paths, const char *lock, struct error *e)
{
    int64_t until_us = now_monotonic_us() + SERVER_WAIT_US;
    struct buf text = {0};
    long pid = 0;
    int r = file_read(&text, lock, 64, NULL, e);

    if (r == 0) {
        pid = strtol(buf_str(&text), NULL, 10);
        if (pid < 2)
            r = error_set(e, ERR_IO, "run/admin.lock", "it names no process");
    }
    buf_release(&text);
    if (r == 0 && kill((pid_t)pid, SIGUSR1) < 0)
        r = error_set_errno(e, NULL,
                            "the backup will be put back when the server starts again; it cannot "
                            "be told");
    while (r == 0 && restore_is_decided(paths)) {
        if (now_monotonic_us() > until_us)
            r = error_set(e, ERR_UNAVAILABLE, NULL,
                          "the backup will be put back when the server starts again");
        usleep(LOOK_US);
    }
    return r;
}

static int carry_out(const struct app_paths *paths, struct error *e)
{
    char *lock = path_join(paths->run, "admin.lock");
    int fd = -1;
    int r = lock ? instance_lock_take(&fd, lock, e)
                 : error_set(e, ERR_NO_MEMORY, NULL, "no memory for a path name");

    if (r == ERR_BUSY)
        r = let_server_do_it(paths, lock, e);
    else if (r == 0)
        r = restore_carry_out(paths, now_realtime_us(), e);
    if (fd >= 0)
        close(fd);
    free(lock);
    return r < 0 ? r : 0;
}

static int restore_everything(const struct app_options *options, int fd, struct span passphrase,
                              const char *source, struct error *e)
{
    struct actor actor = cli_actor();
    char before[BACKUP_NAME_SIZE];
    struct backup_place place = {0};
    struct manifest m = {0};
    struct app_paths paths;
    const char *slash = strrchr(source, '/');
    bool is_kept;
    int r = app_paths_init(&paths, options, e);

    if (r < 0)
        return r;
    is_kept = access(paths.database, F_OK) == 0 || access(paths.groups, F_OK) == 0;
    r = keeper_make_directories(options->dir, e);
    if (r == 0)
        r = backup_place_open(&place, paths.data, e);
    backup_name(before, "before-restore", actor.now_us, false);
    if (r == 0)
        r = restore_prepare(&place, &paths, fd, passphrase, NULL, &actor,
                            slash ? slash + 1 : source, &m, e);
    if (r == 0)
        r = restore_decide(&paths, before, e);
    backup_place_close(&place);
    if (r == 0)
        r = carry_out(&paths, e);
    if (r == 0) {
        cli_print_manifest(&m);
        printf("it was put back; all sessions of the console have ended\n");
        if (is_kept)
            printf("what was there is in data/backups/%s\n", before);
    }
    manifest_release(&m);
    app_paths_release(&paths);
    return r;
}

int cli_restore(const struct app_options *options, const struct cli_options *cli, int argc,
                char **argv, struct error *e)
{
    struct buf passphrase = {0};
    int fd, r;

    if (argc != 1)
        return error_set(e, ERR_INVALID, NULL,
                         "usage: admin-cgi restore FILE [--groups-only | --group NAME] "
                         "[--passphrase-file FILE] --dir DIR | --into DIR");
    r = cli_open_backup(&fd, &passphrase, argv[0], cli, e);
    if (r < 0)
        return r;
    r = cli_become_owner(options->dir, e);
    if (r == 0 && (cli->groups_only || cli->group))
        r = restore_groups(options, fd, buf_span(&passphrase), cli->group, e);
    else if (r == 0)
        r = restore_everything(options, fd, buf_span(&passphrase), argv[0], e);
    close(fd);
    buf_wipe(&passphrase);
    return r;
}
