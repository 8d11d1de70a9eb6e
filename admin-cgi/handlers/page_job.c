#include "admin-cgi/handlers/page_job.h"

#include <inttypes.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/local_format.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"

#define RELOAD_S 2

const char *page_job_path(struct arena *a, int64_t id)
{
    return arena_printf(a, "/admin/jobs/%" PRId64, id);
}

const char *page_job_title(struct arena *a, const struct job *job)
{
    bool is_backup = job->kind == JOB_BACKUP;

    if (job->kind == JOB_IMPORT)
        return say(a, "Files of another server");
    if (strcmp(job->scope, "group") == 0)
        return say_with(
            a, is_backup ? "Backup of the group {group}" : "The group {group} from a backup",
            "group", job->group, NULL);
    if (strcmp(job->scope, "groups") == 0)
        return say(a, is_backup ? "Backup of all groups" : "All groups from a backup");
    return say(a, is_backup ? "Backup of everything" : "Everything from a backup");
}

void page_job_add(struct request *req, struct json_object *o, const struct job *job)
{
    page_text(o, "title", page_job_title(req->arena, job));
    page_text(o, "path", page_job_path(req->arena, job->id));
    page_time(o, "asked", job->id);
    page_text(o, "by", say_reported(req->arena, job->by));
    page_text(o, "result", job->result[0] ? say_reported(req->arena, job->result) : NULL);
    page_number(o, "percent", job->permille / 10);
    page_text(o, "percent_text", local_percent(req->arena, (double)(job->permille / 10), 0));
    page_flag(o, "is_coming", !job_has_ended(job));
    page_flag(o, "is_waiting", job->state == JOB_WAITING);
    page_flag(o, "is_running", job->state == JOB_RUNNING);
    page_flag(o, "is_done", job->state == JOB_DONE);
    page_flag(o, "is_failed", job->state == JOB_FAILED);
    page_flag(o, "is_cancelled", job->state == JOB_CANCELLED);
}

static bool find(struct request *req, struct response *res, struct app *app, struct job *job)
{
    struct error e = {0};
    uint64_t id;
    int r = span_u64(span_str(request_capture(req, "id")), &id) && id <= INT64_MAX
                ? job_read(app->paths.data, req->arena, (int64_t)id, job, &e)
                : error_set(&e, ERR_NOT_FOUND, NULL, "there is no such job");

    if (r == 0)
        return true;
    page_error(req, res, app, err_http_status(r), &e);
    return false;
}

void page_job(struct request *req, struct response *res, struct app *app)
{
    struct json_object *page;
    struct job job;

    if (!find(req, res, app, &job))
        return;
    page = page_new(req, res, app, page_job_title(req->arena, &job), "backup");
    page_job_add(req, page, &job);
    page_time(page, "ended", job.ended_us);
    page_text(page, "step", job.step[0] ? say_reported(req->arena, job.step) : NULL);
    page_text(page, "file", job.file[0] && job.kind != JOB_IMPORT ? job.file : NULL);
    page_text(page, "before", job.before[0] ? job.before : NULL);
    page_flag(page, "is_backup", job.kind == JOB_BACKUP);
    page_flag(page, "may_cancel", !job_has_ended(&job) && !job.is_decided);
    page_flag(page, "is_stopping", job_is_cancelled(app->paths.data, job.id));
    if (!job_has_ended(&job))
        response_header_f(res, "Refresh", "%d", RELOAD_S);
    page_send(res, app, 200, "job", page);
}

void page_job_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {NULL};
    struct form form;
    struct error e = {0};
    struct job job;
    int r = 0;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 || !find(req, res, app, &job))
        return;
    if (!job_has_ended(&job))
        r = job_cancel(app->paths.data, job.id, &e);
    if (r < 0)
        group_view_failed(req, res, app, r, &e);
    else
        response_redirect(res, 303, page_job_path(req->arena, job.id));
}
