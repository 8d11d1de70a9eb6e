/*
 * Work that takes longer than a page may: asked for by a page or by the keeper, done by a child of
 * the keeper, one at a time, and seen in the console. Each is one file, data/jobs/ID.json, and no
 * row of the database: a job that puts a database back must outlive it.
 */
#ifndef NEREID_ADMIN_CGI_JOBS_JOB_H
#define NEREID_ADMIN_CGI_JOBS_JOB_H

#include <stdbool.h>

#include "admin-cgi/arena.h"
#include "common/buf.h"

#define JOBS_KEPT 50       /* files of jobs that have ended */
#define JOB_ATTEMPTS_MAX 3 /* a job whose process dies is begun again */

enum job_kind { JOB_BACKUP, JOB_RESTORE, JOB_IMPORT };
enum job_state { JOB_WAITING, JOB_RUNNING, JOB_DONE, JOB_FAILED, JOB_CANCELLED };

/** Strings are never NULL once read, and live in the arena they were read into. */
struct job {
    int64_t id; /* when it was asked for, in microseconds since 1970: the order of jobs */
    enum job_kind kind;
    enum job_state state;
    const char *scope;  /* "everything", "groups", "group"; JOB_IMPORT: "new", "all", "named" */
    const char *group;  /* of scope "group" */
    const char *file;   /* name in data/backups/: what is put back, or what was made; JOB_IMPORT: in
                           data/uploads/ */
    const char *before; /* the backup that keeps what was there; "" before that, or of JOB_BACKUP */
    const char *step;   /* what it is at, for people; "" */
    const char *result; /* one sentence, when it has ended */
    const char *by;     /* who asked */
    int64_t account_id;
    int64_t permille; /* of its bytes */
    int64_t started_us, ended_us, attempts;
    bool is_nightly;
    bool is_decided;  /* JOB_RESTORE: what follows is the next keeper's */
    bool is_changing; /* files of the server are being changed, one by one: it stops between two */
};

const char *job_kind_name(enum job_kind kind);
static inline bool job_has_ended(const struct job *j)
{
    return j->state >= JOB_DONE;
}

/** @param data the folder data/ @param passphrase kept beside for the job alone; empty: none
 * @return 0, ERR_EXISTS (one was asked for in the same microsecond), ERR_IO, ERR_NO_SPACE */
int job_create(const char *data, const struct job *job, struct span passphrase,
               struct error *e) MUST_USE;
/** @return 0, ERR_NOT_FOUND, ERR_SYNTAX, ERR_IO, ERR_NO_MEMORY */
int job_read(const char *data, struct arena *a, int64_t id, struct job *out,
             struct error *e) MUST_USE;
/** Only the process that does the job, or the keeper while there is none, writes. */
int job_write(const char *data, const struct job *job, struct error *e) MUST_USE;
/** All jobs, newest first. @return 0, ERR_IO, ERR_NO_MEMORY */
int job_list(const char *data, struct arena *a, struct job **out, size_t *n_out,
             struct error *e) MUST_USE;

/** Ask a job to stop; it does when it can. @return 0, ERR_IO */
int job_cancel(const char *data, int64_t id, struct error *e) MUST_USE;
bool job_is_cancelled(const char *data, int64_t id);
/** The job's passphrase; empty when it has none. To be wiped. */
int job_passphrase(struct buf *out, const char *data, int64_t id, struct error *e) MUST_USE;
/** What a job of scope "named" is about, one a line; before job_create(). @return as that */
int job_write_names(const char *data, int64_t id, struct span names, struct error *e) MUST_USE;
/** @param out empty when there are none @return 0, ERR_IO, ERR_NO_MEMORY */
int job_names(struct buf *out, const char *data, int64_t id, struct error *e) MUST_USE;
/** It has ended: its passphrase and its cancellation go, and so do the oldest jobs. */
int job_end(const char *data, const struct job *job, struct error *e) MUST_USE;

#endif
