#include "admin-cgi/backup/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin-cgi/backup/backup_make.h"
#include "admin-cgi/store/db.h"
#include "admin-cgi/store/store_snapshot.h"
#include "common/group_files.h"
#include "common/group_name.h"
#include "common/json_scan.h"
#include "common/log.h"
#include "common/now.h"

#define FOLDER "restore"      /* below data/ */
#define NEW "restore/new"     /* what will be the state */
#define ORDER "restore/order" /* once this is there, the restore is decided */
#define MEMBER_PATH_MAX (GROUP_NAME_MAX + 20)
#define COPY_MAX (16 * 1024 * 1024)

static const struct log_ctx ctx = {.room = "restore"};

/* ---- preparing ---- */

/* The database of the backup, where it lies now. */
static int adopt_database(const char *stage, const struct app_paths *paths,
                          const struct actor *actor, const char *source, struct error *e)
{
    struct db_paths copy;
    struct buf detail = {0};
    char *database = path_join(stage, "data/nereid.db");
    char *groups = path_join(stage, "groups");
    char *data = path_join(stage, "data");
    int r =
        database && groups && data ? 0 : error_set(e, ERR_NO_MEMORY, NULL, "no memory for a path");

    buf_add_str(&detail, "{\"from\":");
    json_add_string(&detail, span_str(source));
    buf_add_char(&detail, '}');
    if (r == 0 && buf_check(&detail) < 0)
        r = error_set(e, ERR_NO_MEMORY, NULL, "no memory for the audit row");
    if (r == 0 && mkdir(groups, 0700) < 0 && errno != EEXIST)
        r = error_set_errno(e, "groups", "its folder cannot be made");
    if (r == 0) {
        copy = (struct db_paths){.database = database, .groups = groups, .data = data};
        r = store_snapshot_adopt(&copy, paths->schema, actor, buf_str(&detail), e);
    }
    buf_release(&detail);
    free(database);
    free(groups);
    free(data);
    return r;
}

static int keep_manifest(const char *stage, struct manifest *m, struct error *e)
{
    char *path = path_join(stage, MANIFEST_NAME);
    struct buf text = {0};
    int r = path ? manifest_write(&text, m) : ERR_NO_MEMORY;

    if (r < 0)
        r = error_set(e, r, NULL, "no memory for the list of contents");
    else
        r = file_replace(path, buf_span(&text), 0600, e);
    buf_release(&text);
    free(path);
    return r;
}

static int unpack_into(const char *stage, const struct app_paths *paths, int fd,
                       struct span passphrase, const struct archive_progress *progress,
                       const struct actor *actor, const char *source, struct manifest *m,
                       struct error *e)
{
    int folder = -1;
    int r = folder_make_empty(stage, &folder, e);

    if (r == 0)
        r = archive_unpack(fd, folder, m, passphrase, progress, e);
    if (r == 0 && m->kind != BACKUP_EVERYTHING)
        r = error_set(e, ERR_INVALID, NULL,
                      "this is a backup of groups only: restore its groups instead");
    if (r == 0 && manifest_find(m, "data/nereid.db"))
        r = adopt_database(stage, paths, actor, source, e);
    if (r == 0)
        r = keep_manifest(stage, m, e);
    if (r == 0 && fsync(folder) < 0)
        r = error_set_errno(e, NULL, "cannot write the unpacked backup");
    if (folder >= 0)
        close(folder);
    return r;
}

int restore_prepare(const struct backup_place *place, const struct app_paths *paths, int fd,
                    struct span passphrase, const struct archive_progress *progress,
                    const struct actor *actor, const char *source, struct manifest *m,
                    struct error *e)
{
    char *stage = path_join(paths->data, NEW), *folder = path_join(paths->data, FOLDER);
    int r = stage && folder ? 0 : error_set(e, ERR_NO_MEMORY, NULL, "no memory for a path name");

    (void)place;
    if (r == 0 && restore_is_decided(paths))
        r = error_set(e, ERR_BUSY, NULL, "another backup is being restored");
    if (r == 0 && mkdir(folder, 0700) < 0 && errno != EEXIST)
        r = error_set_errno(e, "data/restore", "cannot make the folder");
    if (r == 0)
        r = unpack_into(stage, paths, fd, passphrase, progress, actor, source, m, e);
    free(stage);
    free(folder);
    if (r < 0)
        (void)!restore_forget(paths, NULL);
    return r;
}

int restore_decide(const struct app_paths *paths, const char *before, struct error *e)
{
    char *path = path_join(paths->data, ORDER);
    int r = path ? file_replace(path, span_str(before), 0600, e)
                 : error_set(e, ERR_NO_MEMORY, NULL, "no memory for a path name");

    free(path);
    return r;
}

bool restore_is_decided(const struct app_paths *paths)
{
    char *path = path_join(paths->data, ORDER);
    bool is = path && access(path, F_OK) == 0;

    free(path);
    return is;
}

int restore_tell_server(const struct app_paths *paths, struct error *e)
{
    char *lock = path_join(paths->run, "admin.lock");
    struct buf text = {0};
    long pid = 0;
    int r = lock ? file_read(&text, lock, 64, NULL, e)
                 : error_set(e, ERR_NO_MEMORY, NULL, "no memory for a path name");

    if (r == 0) {
        pid = strtol(buf_str(&text), NULL, 10);
        if (pid < 2)
            r = error_set(e, ERR_IO, "run/admin.lock", "it names no process");
    }
    if (r == 0 && kill((pid_t)pid, SIGUSR1) < 0)
        r = error_set_errno(e, NULL,
                            "the backup will be put back when the server starts again; it cannot "
                            "be told");
    buf_release(&text);
    free(lock);
    return r;
}

/* The order goes first: what is half removed must not be carried out. */
int restore_forget(const struct app_paths *paths, struct error *e)
{
    char *order = path_join(paths->data, ORDER), *folder = path_join(paths->data, FOLDER);
    int r = order && folder ? 0 : error_set(e, ERR_NO_MEMORY, NULL, "no memory for a path name");

    if (r == 0 && unlink(order) < 0 && errno != ENOENT && errno != ENOTDIR)
        r = error_set_errno(e, "data/" ORDER, "cannot be removed");
    if (r == 0 && access(folder, F_OK) == 0)
        r = file_sync_parent(order, e);
    if (r == 0)
        r = folder_remove(folder, e);
    free(order);
    free(folder);
    return r;
}

/* ---- carrying out ---- */

struct restore {
    const struct app_paths *paths;
    int state; /* the state directory */
    int stage; /* data/restore/new */
    struct manifest m;
    char before[BACKUP_NAME_SIZE];
    int64_t now_us;
};

static int read_order(struct restore *r, struct error *e)
{
    char *path = path_join(r->paths->data, ORDER);
    char *list = path_join(r->paths->data, NEW "/" MANIFEST_NAME);
    struct buf text = {0};
    int result = path && list ? file_read(&text, path, BACKUP_NAME_SIZE, NULL, e)
                              : error_set(e, ERR_NO_MEMORY, NULL, "no memory for a path name");

    if (result == 0 &&
        (!span_copy(buf_span(&text), r->before, sizeof r->before) || !backup_name_ok(r->before)))
        result = error_set(e, ERR_INVALID, "data/" ORDER, "it names no backup");
    buf_clear(&text);
    if (result == 0)
        result = file_read(&text, list, MANIFEST_SIZE_MAX, NULL, e);
    if (result == 0)
        result = manifest_parse(&r->m, buf_span(&text), e);
    buf_release(&text);
    free(path);
    free(list);
    return result;
}

static bool exists_below(int folder, const char *path)
{
    return faccessat(folder, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* A database that cannot be read is kept as it is, beside. */
static int move_aside(struct restore *r, struct error *e)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};

    for (size_t i = 0; i < 3; i++) {
        char from[64], to[96];

        snprintf(from, sizeof from, "data/nereid.db%s", suffixes[i]);
        snprintf(to, sizeof to, "data/nereid.db.damaged-%lld%s", (long long)(r->now_us / US_PER_S),
                 suffixes[i]);
        if (renameat(r->state, from, r->state, to) < 0 && errno != ENOENT)
            return error_set_errno(e, from, "cannot be moved aside");
    }
    return 0;
}

static int keep_with(struct restore *r, const struct backup_place *place, bool with_database,
                     struct error *e)
{
    const struct db_paths paths = {
        .database = r->paths->database, .groups = r->paths->groups, .data = r->paths->data};
    const struct backup_order order = {.kind = BACKUP_EVERYTHING, .now_us = r->now_us};
    struct manifest m = {0};
    struct db *db = NULL;
    int result = with_database ? db_open(&db, &paths, false, e) : 0;

    if (result == 0)
        result = backup_keep(place, db, r->paths, &order, r->before, &m, e);
    if (result == 0 && db)
        result = db_checkpoint(db, 0, e);
    db_close(db);
    manifest_release(&m);
    return result;
}

/* What is there now becomes a backup, and the database's log is emptied. */
static int keep_present(struct restore *r, struct error *e)
{
    struct backup_place place = {0};
    bool has_database = exists_below(r->state, "data/nereid.db");
    int result = backup_place_open(&place, r->paths->data, e);

    if (result < 0)
        return result;
    if (!exists_below(place.folder, r->before)) {
        result = keep_with(r, &place, has_database, e);
        if (result == ERR_DAMAGED && has_database) {
            log_warn(&ctx, "the database that is replaced is damaged; it is moved aside");
            result = move_aside(r, e);
            if (result == 0)
                result = keep_with(r, &place, false, e);
        }
    }
    backup_place_close(&place);
    return result;
}

/* In the group that the folder's other files have, so that mediad reads it. */
static int give_to_folder(const struct restore *r, const char *path, mode_t mode, struct error *e)
{
    int fd = openat(r->stage, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    char folder[MEMBER_PATH_MAX];
    struct stat st;
    int result = 0;

    if (fd < 0)
        return errno == ENOENT ? 0 : error_set_errno(e, path, "cannot be opened");
    snprintf(folder, sizeof folder, "%s", path);
    *strchr(folder, '/') = 0; /* groups or data */
    if (fstatat(r->state, folder, &st, 0) == 0 && fchown(fd, (uid_t)-1, st.st_gid) < 0 &&
        errno != EPERM)
        result = error_set_errno(e, path, "cannot be given to its group");
    if (result == 0 && fchmod(fd, mode) < 0)
        result = error_set_errno(e, path, "its mode cannot be set");
    close(fd);
    return result;
}

/* Where groups/ is a file system of its own. */
static int copy_over(const struct restore *r, const char *path, mode_t mode, struct error *e)
{
    char *from = path_join(r->paths->data, NEW), *source = from ? path_join(from, path) : NULL;
    struct span below = span_str(path);
    char *to;
    struct buf text = {0};
    int result;

    below = span_sub(below, strlen("groups/"), below.len - strlen("groups/"));
    to = path_join(r->paths->groups, (const char *)below.data);
    result = source && to ? file_read(&text, source, COPY_MAX, NULL, e)
                          : error_set(e, ERR_NO_MEMORY, NULL, "no memory for a path name");
    if (result == 0)
        result = file_replace_exact(to, buf_span(&text), mode, e);
    if (result == 0)
        unlinkat(r->stage, path, 0);
    buf_release(&text);
    free(from);
    free(source);
    free(to);
    return result;
}

/* From beside to its place. What is not beside any more is in its place already. */
static int move_in(const struct restore *r, const char *path, mode_t mode, struct error *e)
{
    char *to;
    int result = give_to_folder(r, path, mode, e);

    if (result < 0 || !exists_below(r->stage, path))
        return result;
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        to = span_dup(span_of(path, (size_t)(slash - path)));
        if (!to)
            return error_set(e, ERR_NO_MEMORY, NULL, "no memory for a path name");
        if (mkdirat(r->state, to, 02750) < 0 && errno != EEXIST)
            result = error_set_errno(e, path, "its folder cannot be made");
        free(to);
        if (result < 0)
            return result;
    }
    if (renameat(r->stage, path, r->state, path) == 0)
        return 0;
    if (errno == EXDEV && strncmp(path, "groups/", 7) == 0)
        return copy_over(r, path, mode, e);
    return error_set_errno(e, path, "cannot be put in its place");
}

static int remove_unlisted(const char *name, void *arg)
{
    struct restore *r = arg;
    char path[MEMBER_PATH_MAX];

    snprintf(path, sizeof path, "groups/%s.json", name);
    if (!manifest_find(&r->m, path) && unlinkat(r->state, path, 0) < 0 && errno != ENOENT)
        log_warn(&ctx, "%s stays: %s", path, strerror(errno));
    return 0;
}

static int put_groups(struct restore *r, struct error *e)
{
    int result = 0;

    for (size_t i = 0; result == 0 && i < r->m.n_files; i++) {
        if (manifest_path_group(r->m.files[i].path).len)
            result = move_in(r, r->m.files[i].path, 0640, e);
    }
    return result < 0 ? result : group_files_walk(r->paths->groups, remove_unlisted, r, e);
}

static int put_data_file(struct restore *r, const char *path, mode_t mode, struct error *e)
{
    if (manifest_find(&r->m, path))
        return move_in(r, path, mode, e);
    if (unlinkat(r->state, path, 0) < 0 && errno != ENOENT)
        return error_set_errno(e, path, "cannot be removed");
    return 0;
}

/* While nobody else holds the lock of what is put. */
static int put_under_lock(struct restore *r, const char *path,
                          int (*put)(struct restore *r, struct error *e), struct error *e)
{
    int lock = openat(r->state, path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0660);
    int result;

    if (lock < 0)
        return error_set_errno(e, path, "cannot be opened");
    result = flock(lock, LOCK_EX) < 0 ? error_set_errno(e, path, "is in use") : put(r, e);
    close(lock);
    return result;
}

static int exchange_tokens(struct restore *r, struct error *e)
{
    return put_data_file(r, "data/var/tokens.jsonl", 0660, e);
}

static int put_tokens(struct restore *r, struct error *e)
{
    if (mkdirat(r->state, "data/var", 02770) < 0 && errno != EEXIST)
        return error_set_errno(e, "data/var", "cannot make the folder");
    return put_under_lock(r, "data/var/tokens.lock", exchange_tokens, e);
}

/* The log goes first: it was emptied, and belongs to the database that goes. */
static int exchange_database(struct restore *r, struct error *e)
{
    bool is_listed = manifest_find(&r->m, "data/nereid.db") != NULL;

    if (is_listed && !exists_below(r->stage, "data/nereid.db"))
        return 0;
    unlinkat(r->state, "data/nereid.db-wal", 0);
    unlinkat(r->state, "data/nereid.db-shm", 0);
    return put_data_file(r, "data/nereid.db", 0600, e);
}

/* Not in the midst of what somebody writes, such as a command: the next write of theirs finds that
 * the database is another (db_begin()). */
static int put_database(struct restore *r, struct error *e)
{
    return put_under_lock(r, "data/nereid.lock", exchange_database, e);
}

static int sync_folders(const struct restore *r, struct error *e)
{
    static const char *const folders[] = {"groups", "data", "data/var"};

    for (size_t i = 0; i < 3; i++) {
        int fd = openat(r->state, folders[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0)
            continue;
        if (syncfs(fd) < 0) {
            close(fd);
            return error_set_errno(e, folders[i], "cannot be written");
        }
        close(fd);
    }
    return 0;
}

static int put_all(struct restore *r, struct error *e)
{
    int result = put_groups(r, e);

    if (result == 0)
        result = put_data_file(r, "data/config.json", 0640, e);
    if (result == 0)
        result = put_data_file(r, "data/ice-servers.json", 0640, e);
    if (result == 0)
        result = put_data_file(r, "data/mediad.json", 0640, e);
    if (result == 0 && manifest_find(&r->m, "data/secret.key"))
        result = move_in(r, "data/secret.key", 0600, e);
    if (result == 0)
        result = put_tokens(r, e);
    if (result == 0)
        result = put_database(r, e);
    if (result == 0)
        result = sync_folders(r, e);
    return result;
}

static int open_folders(struct restore *r, struct error *e)
{
    struct span groups = span_str(r->paths->groups);
    char *state = span_dup(span_sub(groups, 0, groups.len - strlen("/groups")));
    char *stage = path_join(r->paths->data, NEW);
    int result = 0;

    if (!state || !stage)
        result = error_set(e, ERR_NO_MEMORY, NULL, "no memory for a path name");
    if (result == 0 && (r->state = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
        result = error_set_errno(e, NULL, "cannot open the state directory");
    if (result == 0 && (r->stage = open(stage, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
        result = error_set_errno(e, NULL, "cannot open the unpacked backup");
    free(state);
    free(stage);
    return result;
}

int restore_carry_out(const struct app_paths *paths, int64_t now_us, struct error *e)
{
    struct restore r = {.paths = paths, .state = -1, .stage = -1, .now_us = now_us};
    int result;

    if (!restore_is_decided(paths))
        return restore_forget(paths, e);
    result = open_folders(&r, e);
    if (result == 0)
        result = read_order(&r, e);
    if (result == 0) {
        result = keep_present(&r, e);
        if (result < 0 && result != ERR_BUSY)
            (void)!restore_forget(paths, NULL); /* nothing was changed yet */
    }
    if (result == 0)
        result = put_all(&r, e);
    if (result == 0)
        result = restore_forget(paths, e);
    if (result == 0)
        log_info(&ctx, "a backup was put back; what was there is in data/backups/%s", r.before);
    if (r.state >= 0)
        close(r.state);
    if (r.stage >= 0)
        close(r.stage);
    manifest_release(&r.m);
    return result < 0 ? result : 1;
}
