#include "admin-cgi/cli_restore.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admin-cgi/backup/backup_place.h"
#include "admin-cgi/backup/restore.h"
#include "admin-cgi/backup/restore_groups.h"
#include "admin-cgi/cli_internal.h"
#include "admin-cgi/keeper.h"
#include "common/instance_lock.h"
#include "common/now.h"

#define SERVER_WAIT_US (60 * US_PER_S)
#define LOOK_US 100000

/* ---- groups ---- */

static void tell(const struct apply_item *item)
{
    printf("%s %s%s%s\n", apply_outcome_name(item->outcome), item->path,
           item->reason[0] ? ": " : "", item->reason);
}

static int put_groups_back(const struct app_options *options, int fd, struct span passphrase,
                           const char *group, struct error *e)
{
    struct actor actor = cli_actor();
    struct restore_groups order = {
        .fd = fd, .passphrase = passphrase, .group = group, .actor = &actor, .tell = tell};
    struct backup_place place = {0};
    struct app app = {0};
    int r = cli_open_store(&app, options, true, e);

    if (r < 0)
        return r;
    r = backup_place_open(&place, app.paths.data, e);
    if (r == 0)
        r = restore_groups(&order, &app, &place, e);
    if (r == 0) {
        printf("%zu of %zu groups were put back; groups that the backup does not have stay\n",
               order.n_done, order.n_seen);
        printf("what was there is in data/backups/%s\n", order.before);
    }
    backup_place_close(&place);
    app_release(&app);
    return r;
}

/* ---- everything ---- */

/* The running server stops its children, puts the state back and starts them anew. */
static int let_server_do_it(const struct app_paths *paths, struct error *e)
{
    int64_t until_us = now_monotonic_us() + SERVER_WAIT_US;
    int r = restore_tell_server(paths, e);

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
        r = let_server_do_it(paths, e);
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
    if (r == 0)
        backup_name_free(&place, before, "before-restore", actor.now_us, false);
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
        r = put_groups_back(options, fd, buf_span(&passphrase), cli->group, e);
    else if (r == 0)
        r = restore_everything(options, fd, buf_span(&passphrase), argv[0], e);
    close(fd);
    buf_wipe(&passphrase);
    return r;
}
