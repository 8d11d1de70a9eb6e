#include "admin-cgi/backup/backup_make.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin-cgi/backup/archive_names.h"
#include "admin-cgi/store/db_transaction.h"
#include "admin-cgi/store/store_snapshot.h"
#include "common/group_files.h"
#include "common/group_name.h"
#include "common/hex.h"
#include "common/macros.h"

#define PIECE_BYTES 65536
#define MEMBER_PATH_MAX (GROUP_NAME_MAX + 20)
#define DATABASE "data/nereid.db"

static const char *const small_files[] = {"data/config.json", "data/ice-servers.json",
                                          "data/mediad.json", "data/var/tokens.jsonl"};

struct collect {
    struct manifest *m;
    int root, copies;
    struct error *e;
};

/* ---- copies ---- */

/* Reads to the end; `to` may be -1. */
static int copy_and_hash(int from, int to, struct manifest_file *f, struct error *e)
{
    uint8_t piece[PIECE_BYTES], digest[32];
    gnutls_hash_hd_t hash;
    ssize_t n;
    int r = 0;

    if (gnutls_hash_init(&hash, GNUTLS_DIG_SHA256) < 0)
        return error_set(e, ERR_CRYPTO, NULL, "the cryptographic library refused");
    while (r == 0 && (n = read(from, piece, sizeof piece)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || (to >= 0 && (errno = file_write_all(to, span_of(piece, (size_t)n))))) {
            r = error_set_errno(e, f->path, "cannot be copied");
            break;
        }
        gnutls_hash(hash, piece, (size_t)n);
        f->bytes += n;
    }
    gnutls_hash_deinit(hash, digest);
    hex_format(f->sha256, digest, sizeof digest);
    return r;
}

/* What is there and a plain file becomes part of the backup; links do not. */
static int add_file(struct collect *c, const char *path, bool is_wanted)
{
    int from = openat(c->root, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct manifest_file *f;
    struct stat st;
    int to = -1, r;

    if (from < 0 && errno == ENOENT && !is_wanted)
        return 0;
    if (from < 0 && errno == ELOOP)
        return manifest_leave_out(c->m, path, "it is a link");
    if (from < 0)
        return error_set_errno(c->e, path, "cannot be read");
    if (fstat(from, &st) < 0 || !S_ISREG(st.st_mode)) {
        close(from);
        return manifest_leave_out(c->m, path, "it is no plain file");
    }
    f = manifest_add(c->m, path);
    r = f ? 0 : error_set(c->e, ERR_NO_MEMORY, NULL, "no memory for the list of contents");
    if (r == 0 && c->copies >= 0)
        r = to = archive_create_below(c->copies, path, c->e);
    if (r >= 0)
        r = copy_and_hash(from, to, f, c->e);
    if (to >= 0)
        close(to);
    close(from);
    return r;
}

static int add_group(const char *name, void *arg)
{
    struct collect *c = arg;
    char path[MEMBER_PATH_MAX];

    snprintf(path, sizeof path, "groups/%s.json", name);
    return add_file(c, path, false);
}

/* Lines that are appended right now are either in the copy or not. */
static int add_tokens(struct collect *c, const char *path)
{
    int lock = openat(c->root, "data/var/tokens.lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    int r;

    if (lock >= 0 && flock(lock, LOCK_EX) < 0)
        r = error_set_errno(c->e, path, "cannot take its lock");
    else
        r = add_file(c, path, false);
    if (lock >= 0)
        close(lock);
    return r;
}

static int add_data(struct collect *c, bool is_sealed)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < LENGTH(small_files); i++)
        r = strstr(small_files[i], "tokens") ? add_tokens(c, small_files[i])
                                             : add_file(c, small_files[i], false);
    if (r == 0 && is_sealed)
        r = add_file(c, "data/secret.key", false);
    else if (r == 0 && faccessat(c->root, "data/secret.key", F_OK, 0) == 0)
        r = manifest_leave_out(c->m, "data/secret.key", "it is in sealed backups only");
    return r;
}

int backup_collect(struct manifest *m, int root, const char *groups_dir, int copies,
                   const struct backup_order *order, struct error *e)
{
    struct collect c = {.m = m, .root = root, .copies = copies, .e = e};
    char path[MEMBER_PATH_MAX];
    int r;

    m->format = MANIFEST_FORMAT;
    m->program = NEREID_VERSION;
    m->made_us = order->now_us;
    m->kind = order->kind;
    if (order->kind == BACKUP_GROUP) {
        r = group_name_check(span_str(order->group), e);
        if (r < 0)
            return r;
        snprintf(path, sizeof path, "groups/%s.json", order->group);
        return add_file(&c, path, true);
    }
    r = group_files_walk(groups_dir, add_group, &c, e);
    if (r == 0 && order->kind == BACKUP_EVERYTHING)
        r = add_data(&c, order->passphrase.len > 0);
    if (r < 0 && e && !e->code)
        error_set(e, r, NULL, "no memory for the list of contents");
    return r;
}

/* ---- what is left out ---- */

/* nftw() has no argument: the list of the thread that walks. */
static _Thread_local struct manifest *walked;
static _Thread_local size_t walked_base_len;

static int note_recording(const char *path, const struct stat *st, int type, struct FTW *where)
{
    char text[MEMBER_PATH_MAX];

    (void)st;
    if (type != FTW_F || path[where->base] == '.')
        return 0;
    snprintf(text, sizeof text, "recordings/%s", path + walked_base_len + 1);
    return walked->n_left_out < MANIFEST_FILES_MAX &&
           manifest_leave_out(walked, text, "recordings are not in backups") < 0;
}

static int note_recordings(struct manifest *m, const char *recordings, struct error *e)
{
    int r;

    walked = m;
    walked_base_len = strlen(recordings);
    r = nftw(recordings, note_recording, 16, FTW_PHYS);
    walked = NULL;
    return r > 0 ? error_set(e, ERR_NO_MEMORY, NULL, "no memory for the list of contents") : 0;
}

/* ---- the whole ---- */

static int hash_database(struct manifest *m, int stage, struct error *e)
{
    int fd = openat(stage, DATABASE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct manifest_file *f = manifest_add(m, DATABASE);
    int r;

    if (fd < 0)
        return error_set_errno(e, DATABASE, "cannot be read");
    r = f ? copy_and_hash(fd, -1, f, e) : error_set(e, ERR_NO_MEMORY, NULL, "no memory");
    close(fd);
    return r;
}

static int snapshot(struct db *db, const char *stage_path, int stage, struct error *e)
{
    char *path = path_join(stage_path, DATABASE);
    int r = path ? 0 : error_set(e, ERR_NO_MEMORY, NULL, "no memory for a path name");

    if (r == 0 && mkdirat(stage, "data", 0700) < 0)
        r = error_set_errno(e, "data", "its folder cannot be made");
    if (r == 0)
        r = store_snapshot(db, path, e);
    free(path);
    return r;
}

/* Database and files of one moment: nobody of ours writes files meanwhile. */
static int collect_locked(struct db *db, const struct app_paths *paths, const char *stage_path,
                          int root, int stage, const struct backup_order *order, struct manifest *m,
                          struct error *e)
{
    bool is_whole = order->kind == BACKUP_EVERYTHING;
    int r = db ? db_lock_files(db, e) : 0;
    bool is_locked = db && r == 0;

    if (r == ERR_FORBIDDEN) /* a read-only groups directory: nobody writes there */
        r = 0;
    if (r == 0 && is_whole && db)
        r = snapshot(db, stage_path, stage, e);
    if (r == 0)
        r = backup_collect(m, root, paths->groups, stage, order, e);
    if (is_locked)
        db_unlock_files(db);
    if (r == 0 && is_whole)
        r = db ? hash_database(m, stage, e)
               : manifest_leave_out(m, DATABASE, "it could not be read");
    return r;
}

static char *state_directory(const struct app_paths *paths)
{
    struct span groups = span_str(paths->groups);

    return span_dup(span_sub(groups, 0, groups.len - strlen("/groups")));
}

int backup_write(const struct backup_place *place, struct db *db, const struct app_paths *paths,
                 const struct backup_order *order, int fd, struct manifest *m, struct error *e)
{
    char *stage_path = path_join(place->path, BACKUP_COPIES);
    char *dir = state_directory(paths);
    int root = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    int stage = -1;
    int r = stage_path && dir ? 0 : error_set(e, ERR_NO_MEMORY, NULL, "no memory for a path name");

    if (r == 0 && root < 0)
        r = error_set_errno(e, NULL, "cannot open the state directory");
    if (r == 0)
        r = folder_make_empty(stage_path, &stage, e);
    if (r == 0)
        r = collect_locked(db, paths, stage_path, root, stage, order, m, e);
    if (r == 0 && order->kind == BACKUP_EVERYTHING)
        r = note_recordings(m, paths->recordings, e);
    if (r == 0)
        r = archive_pack(fd, stage, m, order->passphrase, &order->progress, e);
    if (stage >= 0)
        close(stage);
    if (root >= 0)
        close(root);
    if (stage_path && folder_remove(stage_path, NULL) < 0 && r == 0)
        r = error_set(e, ERR_IO, NULL, "cannot remove what was copied aside");
    free(stage_path);
    free(dir);
    return r;
}

int backup_keep(const struct backup_place *place, struct db *db, const struct app_paths *paths,
                const struct backup_order *order, const char *name, struct manifest *m,
                struct error *e)
{
    int fd, r;

    unlinkat(place->folder, BACKUP_UNFINISHED, 0);
    fd = openat(place->folder, BACKUP_UNFINISHED,
                O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set_errno(e, "data/backups", "cannot make a file");
    r = backup_write(place, db, paths, order, fd, m, e);
    if (r == 0 && fsync(fd) < 0)
        r = error_set_errno(e, name, "cannot be written");
    close(fd);
    if (r == 0 && renameat(place->folder, BACKUP_UNFINISHED, place->folder, name) < 0)
        r = error_set_errno(e, name, "cannot be given its name");
    if (r == 0 && fsync(place->folder) < 0)
        r = error_set_errno(e, name, "cannot be written");
    if (r < 0)
        unlinkat(place->folder, BACKUP_UNFINISHED, 0);
    return r;
}
