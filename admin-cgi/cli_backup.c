#include "admin-cgi/cli_backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "admin-cgi/backup/backup_make.h"
#include "admin-cgi/cli_import.h"
#include "admin-cgi/cli_internal.h"
#include "admin-cgi/cli_restore.h"
#include "admin-cgi/store/db.h"
#include "common/macros.h"
#include "common/now.h"

#define PASSPHRASE_MAX 1024

int cli_passphrase(struct buf *out, const struct cli_options *cli, struct error *e)
{
    struct buf text = {0};
    struct span rest, line;
    int r;

    if (!cli->passphrase_file)
        return 0;
    r = file_read(&text, cli->passphrase_file, PASSPHRASE_MAX, NULL, e);
    if (r == 0) {
        rest = buf_span(&text);
        line = rest;
        (void)!span_split(&rest, '\n', &line);
        if (line.len)
            buf_add_span(out, line);
        else
            r = error_set(e, ERR_INVALID, "--passphrase-file", "its first line is empty");
    }
    buf_wipe(&text);
    return r < 0 ? r : buf_check(out);
}

int cli_open_backup(int *fd_out, struct buf *passphrase, const char *path,
                    const struct cli_options *cli, struct error *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    int r;

    if (fd < 0)
        return error_set_errno(e, path, "cannot be opened");
    r = archive_is_sealed(fd, e);
    if (r == 1) {
        r = cli_passphrase(passphrase, cli, e);
        if (r == 0 && !passphrase->len && isatty(STDIN_FILENO))
            r = cli_read_line(passphrase, "Passphrase of the backup: ");
    }
    if (r < 0) {
        close(fd);
        return r;
    }
    *fd_out = fd;
    return 0;
}

void cli_print_manifest(const struct manifest *m)
{
    static const char *const kinds[] = {"everything", "all groups", "one group"};
    char made[TIME_RFC3339_SIZE];
    size_t n_recordings = 0;

    printf("a backup of %s, made %s by version %s: %zu groups, %zu files, %lld bytes\n",
           kinds[m->kind], time_format_rfc3339(m->made_us, made), m->program,
           manifest_count_groups(m), m->n_files, (long long)manifest_total_bytes(m));
    for (size_t i = 0; i < m->n_left_out; i++) {
        if (strncmp(m->left_out[i].path, "recordings/", 11) == 0)
            n_recordings++;
        else
            printf("not in it: %s: %s\n", m->left_out[i].path, m->left_out[i].reason);
    }
    if (n_recordings)
        printf("not in it: %zu recordings\n", n_recordings);
}

/* ---- backup ---- */

/* The part that reads the server, as the user that it belongs to. @return exit status */
static int write_as_owner(const struct app_options *options, const struct backup_order *order,
                          int fd)
{
    struct app_paths paths;
    struct backup_place place = {0};
    struct manifest m = {0};
    struct db *db = NULL;
    struct error e = {0};
    int r = cli_become_owner(options->dir, &e);

    if (r == 0)
        r = app_paths_init(&paths, options, &e);
    if (r < 0)
        return cli_complain(&e);
    r = backup_place_open(&place, paths.data, &e);
    if (r == 0 && access(paths.database, F_OK) == 0) {
        const struct db_paths db_paths = {
            .database = paths.database, .groups = paths.groups, .data = paths.data};

        r = db_open(&db, &db_paths, false, &e);
        if (r == ERR_DAMAGED) {
            fprintf(stderr, "admin-cgi: the database is damaged: the backup is made without it\n");
            r = 0;
        }
    }
    if (r == 0)
        r = backup_write(&place, db, &paths, order, fd, &m, &e);
    if (r == 0)
        cli_print_manifest(&m);
    fflush(stdout);
    manifest_release(&m);
    db_close(db);
    backup_place_close(&place);
    app_paths_release(&paths);
    return r < 0 ? cli_complain(&e) : 0;
}

/* The caller may write where the server's user may not, and the other way round.
 * @return 0, or ERR_LAST - 1 when the child has said what is wrong */
static int write_in_child(const struct app_options *options, const struct backup_order *order,
                          int fd, struct error *e)
{
    pid_t pid = fork();
    int status = 0;

    if (pid == 0)
        _exit(write_as_owner(options, order, fd));
    if (pid < 0)
        return error_set_errno(e, NULL, "cannot start a process");
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0
               ? 0
               : error_set(e, ERR_IO, NULL, "no backup was made");
}

static int target_path(struct buf *out, const char *target, const struct backup_order *order,
                       struct error *e)
{
    char name[BACKUP_NAME_SIZE];
    struct stat st;

    buf_add_str(out, target);
    if (stat(target, &st) == 0 && S_ISDIR(st.st_mode)) {
        backup_name(name, "nereid", order->now_us, order->passphrase.len > 0);
        buf_printf(out, "/%s", name);
    }
    if (buf_check(out) < 0)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for a path name");
    return access(buf_str(out), F_OK) == 0
               ? error_set(e, ERR_EXISTS, buf_str(out), "there is such a file already")
               : 0;
}

/* Written under another name and renamed, so that what bears the name is whole. */
static int write_file(const struct app_options *options, const struct backup_order *order,
                      const char *path, struct error *e)
{
    struct buf part = {0};
    int fd = -1, r;

    buf_printf(&part, "%s.part", path);
    r = buf_check(&part);
    if (r == 0) {
        fd = open(buf_str(&part), O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
        r = fd < 0 ? error_set_errno(e, buf_str(&part), "cannot be written")
                   : write_in_child(options, order, fd, e);
    }
    if (r == 0 && (fsync(fd) < 0 || rename(buf_str(&part), path) < 0))
        r = error_set_errno(e, path, "cannot be written");
    if (r == 0)
        r = file_sync_parent(path, e);
    if (fd >= 0)
        close(fd);
    if (r < 0 && fd >= 0)
        unlink(buf_str(&part));
    buf_release(&part);
    return r;
}

static int command_backup(const struct app_options *options, const struct cli_options *cli,
                          int argc, char **argv, struct error *e)
{
    struct backup_order order = {.now_us = now_realtime_us(), .group = cli->group};
    struct buf passphrase = {0}, path = {0};
    int r;

    if (argc != 1)
        return error_set(e, ERR_INVALID, NULL,
                         "usage: admin-cgi backup FILE|FOLDER [--groups-only | --group NAME] "
                         "[--passphrase-file FILE] --dir DIR");
    order.kind = cli->group ? BACKUP_GROUP : cli->groups_only ? BACKUP_GROUPS : BACKUP_EVERYTHING;
    r = cli_passphrase(&passphrase, cli, e);
    order.passphrase = buf_span(&passphrase);
    if (r == 0)
        r = target_path(&path, argv[0], &order, e);
    if (r == 0)
        r = write_file(options, &order, buf_str(&path), e);
    if (r == 0)
        printf("%s\n", buf_str(&path));
    buf_wipe(&passphrase);
    buf_release(&path);
    return r;
}

/* ---- check ---- */

static int command_check(const struct app_options *options, const struct cli_options *cli, int argc,
                         char **argv, struct error *e)
{
    struct buf passphrase = {0};
    struct manifest m = {0};
    int fd, r;

    (void)options;
    (void)argc;
    r = cli_open_backup(&fd, &passphrase, argv[0], cli, e);
    if (r < 0)
        return r;
    r = archive_unpack(fd, -1, &m, buf_span(&passphrase), NULL, e);
    if (r == 0) {
        cli_print_manifest(&m);
        printf("every file is as it was saved\n");
    }
    close(fd);
    buf_wipe(&passphrase);
    manifest_release(&m);
    return r;
}

int cli_backup_run(const struct app_options *options, const struct cli_options *cli, int argc,
                   char **argv)
{
    static const struct {
        const char *name;
        int (*run)(const struct app_options *options, const struct cli_options *cli, int argc,
                   char **argv, struct error *e);
    } commands[] = {
        {"backup", command_backup},
        {"check", command_check},
        {"restore", cli_restore},
        {"import", cli_import},
    };
    struct error e = {0};

    /* Without a file, "check" looks at the server. */
    if (strcmp(argv[0], "check") == 0 && argc != 2)
        return -1;
    for (size_t i = 0; i < LENGTH(commands); i++) {
        if (strcmp(commands[i].name, argv[0]) == 0)
            return commands[i].run(options, cli, argc - 1, argv + 1, &e) < 0 ? cli_complain(&e) : 0;
    }
    return -1;
}
