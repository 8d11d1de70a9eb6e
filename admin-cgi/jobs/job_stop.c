#include "admin-cgi/jobs/job_stop.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "admin-cgi/backup/backup_place.h"
#include "admin-cgi/backup/restore.h"
#include "admin-cgi/jobs/job.h"
#include "admin-cgi/say.h"
#include "common/atomic_file.h"
#include "common/log.h"

static const struct log_ctx ctx = {.room = "jobs"};

static void conclude(const struct app *app, struct job *job, int64_t now_us)
{
    struct error e = {0};

    job->state = JOB_CANCELLED;
    job->step = "";
    job->result = job->is_changing ? TEXT("It was stopped. What was put in place before stays.")
                                   : TEXT("It was cancelled. Nothing was changed.");
    job->ended_us = now_us;
    if (job_end(app->paths.data, job, &e) < 0)
        log_warn(&ctx, "%s", e.text);
    log_info(&ctx, "job %" PRId64 " was stopped", job->id);
}

void job_stop_waiting(const struct app *app, int64_t running_id, int64_t now_us)
{
    struct arena a = {0};
    struct job *jobs = NULL;
    struct error e = {0};
    size_t n = 0;

    if (job_list(app->paths.data, &a, &jobs, &n, &e) < 0)
        log_warn(&ctx, "%s", e.text);
    for (size_t i = 0; i < n; i++) {
        if (!job_has_ended(&jobs[i]) && jobs[i].id != running_id && !jobs[i].is_decided &&
            job_is_cancelled(app->paths.data, jobs[i].id))
            conclude(app, &jobs[i], now_us);
    }
    arena_release(&a);
}

static bool has_backup(const struct app *app, const char *name)
{
    char *folder = path_join(app->paths.data, "backups");
    char *path = folder && name[0] ? path_join(folder, name) : NULL;
    bool has = path && access(path, F_OK) == 0;

    free(path);
    free(folder);
    return has;
}

/* What the process had begun to make goes. A name that it wrote down for a backup that it did not
 * make leads nowhere. */
static void clean_up(const struct app *app, struct job *job)
{
    struct error e = {0};

    if (job->kind == JOB_RESTORE && restore_forget(&app->paths, &e) < 0)
        log_warn(&ctx, "%s", e.text);
    backup_place_clear(app->paths.data);
    if (!has_backup(app, job->before))
        job->before = "";
}

bool job_stop_running(const struct app *app, pid_t child, int64_t id, int64_t now_us)
{
    struct arena a = {0};
    struct job job;
    bool ended = false;

    if (job_read(app->paths.data, &a, id, &job, NULL) == 0 && !job_has_ended(&job) &&
        !job.is_decided && !job.is_changing) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        ended = true;
        /* It may have ended, or have decided, in between. */
        if (job_read(app->paths.data, &a, id, &job, NULL) == 0 && !job_has_ended(&job)) {
            if (!restore_is_decided(&app->paths)) {
                clean_up(app, &job);
                conclude(app, &job, now_us);
            } else if (restore_tell_server(&app->paths, NULL) < 0) {
                log_warn(&ctx, "the backup is put back at the next start");
            }
        }
    }
    arena_release(&a);
    return ended;
}
