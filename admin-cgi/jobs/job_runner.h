/*
 * The keeper's side of jobs: begins what waits, one at a time, notices what ended without a word,
 * finishes what a restart interrupted, and asks for the nightly backup. Never waits.
 */
#ifndef NEREID_ADMIN_CGI_JOBS_JOB_RUNNER_H
#define NEREID_ADMIN_CGI_JOBS_JOB_RUNNER_H

#include <sys/types.h>

#include "admin-cgi/app.h"
#include "admin-cgi/arena.h"

/** Zeroed has no child. */
struct job_runner {
    pid_t child;
    int64_t id;            /* of the child's job */
    int64_t folder_ns;     /* when the folder of jobs was last changed */
    int64_t next_night_us; /* monotonic */
    int64_t asked_us;      /* since when the child is to stop, monotonic; 0: it is not */
};

/** Setting of the console: "03:00", or "off". */
#define NIGHTLY_SETTING "backup.time"

/** Do what is due; some system calls when nothing is. Called about once a second.
 * @return when to call it again at the latest, monotonic */
int64_t job_runner_run(struct job_runner *r, struct app *app, int64_t now_us, int64_t mono_us);
/** The keeper ends: its child does, too, and its job goes on at the next start. */
void job_runner_stop(struct job_runner *r);

/** What keeps nightly backups from being made, one sentence without its full stop; NULL: nothing.
 */
const char *nightly_problem(struct app *app, struct arena *a, int64_t now_us);

#endif
