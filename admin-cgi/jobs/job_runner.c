#include "admin-cgi/jobs/job_runner.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "admin-cgi/backup/restore.h"
#include "admin-cgi/jobs/job.h"
#include "admin-cgi/jobs/job_stop.h"
#include "admin-cgi/jobs/nightly.h"
#include "admin-cgi/jobs/nightly_files.h"
#include "admin-cgi/say.h"
#include "admin-cgi/store/migrate.h"
#include "admin-cgi/store/store_setting.h"
#include "common/log.h"
#include "common/now.h"

#define NIGHT_EVERY_US (20 * US_PER_S)
#define CHILD_LOOK_US (250 * US_PER_MS)
#define STOP_GRACE_US (500 * US_PER_MS) /* to stop by itself */
#define RETRY_US (INT64_C(3600) * US_PER_S)

static const struct log_ctx ctx = {.room = "jobs"};

static void fail(const struct app *app, struct job *job, const char *text, int64_t now_us)
{
    struct error e = {0};

    job->state = JOB_FAILED;
    job->step = "";
    job->result = text;
    job->ended_us = now_us;
    if (job_end(app->paths.data, job, &e) < 0)
        log_warn(&ctx, "%s", e.text);
    log_error(&ctx, "%s: %s", job_kind_name(job->kind), text);
}

/* A whole restore went on in the keeper's start. */
static void finish_restore(const struct app *app, struct job *job, int64_t now_us)
{
    char *backups = path_join(app->paths.data, "backups");
    char *before = backups ? path_join(backups, job->before) : NULL;
    struct error e = {0};

    if (before && access(before, F_OK) == 0) {
        job->state = JOB_DONE;
        job->step = "";
        job->permille = 1000;
        job->ended_us = now_us;
        job->result = TEXT("The backup is in place. All sessions have ended.");
        if (job_end(app->paths.data, job, &e) < 0)
            log_warn(&ctx, "%s", e.text);
    } else {
        fail(app, job, TEXT("What was there could not be kept, so nothing was changed."), now_us);
    }
    free(backups);
    free(before);
}

/* The child is this program anew: it shares nothing with the keeper's database. */
static void start(struct job_runner *r, struct app *app, const struct job *job)
{
    const struct app_options *o = app->options;
    pid_t parent_pid = getpid(), pid;
    char id[24];

    snprintf(id, sizeof id, "%" PRId64, job->id);
    pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == parent_pid)
            execl("/proc/self/exe", "admin-cgi", "work-job", id, "--dir", o->dir, "--share",
                  o->share, "--base-url", o->base_url, (char *)NULL);
        _exit(127);
    }
    if (pid < 0) {
        log_warn(&ctx, "cannot start a process: %s", strerror(errno));
        return;
    }
    r->child = pid;
    r->id = job->id;
}

/* The oldest job that has not ended. What is "running" was left by a crash: it begins again. */
static void start_next(struct job_runner *r, struct app *app, int64_t now_us)
{
    struct arena a = {0};
    struct job *jobs = NULL;
    struct error e = {0};
    size_t n = 0;

    if (job_list(app->paths.data, &a, &jobs, &n, &e) < 0)
        log_warn(&ctx, "%s", e.text);
    for (size_t i = n; i-- > 0 && !r->child;) {
        struct job *job = &jobs[i];

        if (job_has_ended(job))
            continue;
        if (job->is_decided && !restore_is_decided(&app->paths))
            finish_restore(app, job, now_us);
        else if (job->is_decided)
            continue; /* the next keeper's */
        else if (job->attempts >= JOB_ATTEMPTS_MAX)
            fail(app, job, TEXT("It ended three times without finishing."), now_us);
        else
            start(r, app, job);
    }
    arena_release(&a);
}

/* The folder was written to since we last looked. */
static bool has_changed(struct job_runner *r, const struct app *app)
{
    char *path = path_join(app->paths.data, "jobs");
    struct stat st;
    int64_t ns = 0;
    bool changed;

    if (path && stat(path, &st) == 0)
        ns = st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec;
    free(path);
    changed = ns != r->folder_ns;
    r->folder_ns = ns;
    return changed;
}

/* ---- nightly ---- */

/* -1: nobody wants it. */
static int minute_of(struct app *app, struct arena *a)
{
    const char *text = "";
    struct error e = {0};
    int minute;

    if (store_setting_get(app->db, a, NIGHTLY_SETTING, &text, &e) < 0)
        return -1;
    if (strcmp(text, "off") == 0)
        return -1;
    minute = nightly_minute(text);
    return minute < 0 ? NIGHTLY_MINUTE_DEFAULT : minute;
}

/* A new server has its first one in the next night. */
static int64_t last_us(struct app *app)
{
    int64_t last = nightly_files_last_us(app->paths.data), made = 0;

    if (migrate_first_us(app->db, &made, NULL) == 0 && made > last)
        last = made;
    return last;
}

/* The newest nightly job; NULL: none. */
static const struct job *newest_nightly(const struct job *jobs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (jobs[i].is_nightly)
            return &jobs[i];
    }
    return NULL;
}

static void ask_for_nightly(struct app *app, int64_t now_us)
{
    struct arena a = {0};
    struct job *jobs = NULL;
    const struct job *newest;
    struct error e = {0};
    size_t n = 0;
    int minute = minute_of(app, &a);

    if (minute >= 0 && nightly_is_due(last_us(app), now_us, minute) &&
        job_list(app->paths.data, &a, &jobs, &n, &e) == 0) {
        const struct job job = {.id = now_us,
                                .kind = JOB_BACKUP,
                                .scope = "everything",
                                .by = TEXT("the server, at night"),
                                .is_nightly = true};

        newest = newest_nightly(jobs, n);
        /* One that failed is tried again after an hour. */
        if ((!newest || (job_has_ended(newest) && now_us - newest->id > RETRY_US)) &&
            job_create(app->paths.data, &job, span_of(NULL, 0), &e) < 0)
            log_warn(&ctx, "the nightly backup: %s", e.text);
    }
    arena_release(&a);
}

const char *nightly_problem(struct app *app, struct arena *a, int64_t now_us)
{
    struct job *jobs = NULL;
    const struct job *newest;
    size_t n = 0;
    int minute = minute_of(app, a);
    int64_t last = last_us(app);

    if (minute < 0)
        return NULL;
    if (job_list(app->paths.data, a, &jobs, &n, NULL) < 0)
        return TEXT("data/jobs cannot be read");
    newest = newest_nightly(jobs, n);
    if (newest && newest->state == JOB_FAILED && newest->id > last)
        return arena_printf(a, TEXT("The nightly backup failed: %s"), newest->result);
    if (now_us - last > NIGHTLY_LATE_US)
        return TEXT("The last nightly backup is older than a day");
    return NULL;
}

/* ---- running ---- */

static void child_has_ended(struct job_runner *r)
{
    r->child = 0;
    r->asked_us = 0;
    r->folder_ns = 0;
}

/* A job that looks now and then whether it was cancelled stops by itself; a process that has not
 * within STOP_GRACE_US is ended. */
static void stop_child(struct job_runner *r, const struct app *app, int64_t now_us, int64_t mono_us)
{
    if (!r->asked_us) {
        if (job_is_cancelled(app->paths.data, r->id))
            r->asked_us = mono_us;
    } else if (mono_us - r->asked_us >= STOP_GRACE_US &&
               job_stop_running(app, r->child, r->id, now_us)) {
        child_has_ended(r);
    }
}

int64_t job_runner_run(struct job_runner *r, struct app *app, int64_t now_us, int64_t mono_us)
{
    int status;

    if (r->child && waitpid(r->child, &status, WNOHANG) == r->child) {
        if (!WIFEXITED(status) || WEXITSTATUS(status))
            log_warn(&ctx, "job %" PRId64 " ended unexpectedly", r->id);
        child_has_ended(r);
    }
    if (r->child)
        stop_child(r, app, now_us, mono_us);
    if (mono_us >= r->next_night_us) {
        ask_for_nightly(app, now_us);
        r->next_night_us = mono_us + NIGHT_EVERY_US;
    }
    if (has_changed(r, app)) {
        job_stop_waiting(app, r->child ? r->id : 0, now_us);
        if (!r->child)
            start_next(r, app, now_us);
    }
    return r->child ? mono_us + CHILD_LOOK_US : INT64_MAX;
}

void job_runner_stop(struct job_runner *r)
{
    if (!r->child)
        return;
    kill(r->child, SIGKILL);
    waitpid(r->child, NULL, 0);
    r->child = 0;
}
