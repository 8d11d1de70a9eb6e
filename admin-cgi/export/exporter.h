/*
 * The files' side of a change: a text is written beside its file and synced, then exchanged with
 * it, and what was displaced is looked at. No SQL here; the
 * caller holds groups/.lock. Every path is opened below a directory descriptor, never through
 * a symbolic link (SEC-28).
 */
#ifndef NEREID_ADMIN_CGI_EXPORT_EXPORTER_H
#define NEREID_ADMIN_CGI_EXPORT_EXPORTER_H

#include "common/atomic_file.h"
#include "common/buf.h"

/** One text on its way to its file. Zeroed is idle. */
struct export_job {
    int dir_fd; /* the file's directory; -1: none */
    char name[256];
    char temp[64];
    bool has_displaced; /* after the exchange: `temp` names what was there before */
};

/**
 * Step 5: write and sync a temporary file in the directory of `path`, making directories on the
 * way.
 * @param file_id part of the temporary file's name, so that a leftover finds its file
 * @return 0, ERR_NO_SPACE, ERR_IO, ERR_INVALID (a link in the way)
 */
int export_prepare(struct export_job *job, int root, const char *path, struct span text,
                   int64_t file_id, struct error *e) MUST_USE;
/** Forget a prepared job: removes the temporary file. Idle jobs are fine. */
void export_abort(struct export_job *job);

/** What stood in the way of a publication: bytes that nobody had seen. */
struct displaced {
    bool found;
    struct buf text;
    int64_t mtime_us;
    unsigned uid;
};
void displaced_release(struct displaced *d);

/**
 * Step 7: the new file takes the old one's place. Under the files lock, as everything before it;
 * what follows needs no lock.
 * @param was_there the caller saw a file there
 * @return 0, ERR_IO; on failure the job is idle
 */
int export_exchange(struct export_job *job, bool was_there, struct error *e) MUST_USE;

/**
 * Steps 8 and 9: sync the directory, look at the displaced file. Ours is removed; a stranger's
 * stays beside for a while, since an editor may still hold it open (export_leftovers()).
 * @param known_sha256 of what the caller saw in the file; "" for no file
 * @param stamp        of the new file
 * @return 0, ERR_IO, ERR_NO_SPACE; the job is idle afterwards
 */
int export_finish(struct export_job *job, const char *known_sha256, struct file_stamp *stamp,
                  struct displaced *displaced, struct error *e) MUST_USE;

/** Take a file away: rename aside, sync, look at it, remove. No file is no error. */
int export_remove(int root, const char *path, int64_t file_id, const char *known_sha256,
                  struct displaced *displaced, struct error *e) MUST_USE;

/** Calls `visit` for each temporary file below the directory. */
struct leftover {
    int dir_fd;
    const char *name;
    int64_t file_id;
    int64_t age_us; /* since its inode was last touched */
    struct span text;
    char sha256[SHA256_HEX_SIZE];
};
int export_leftovers(int root, int64_t now_us, void (*visit)(const struct leftover *l, void *arg),
                     void *arg, struct error *e) MUST_USE;

#endif
