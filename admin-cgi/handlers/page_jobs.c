#include "admin-cgi/handlers/page_jobs.h"

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/page_job.h"
#include "admin-cgi/handlers/recording_film.h"
#include "admin-cgi/page.h"

static void add_row(struct request *req, struct app *app, struct json_object *list,
                    const struct job *job)
{
    struct json_object *row = page_row(list);

    page_job_add(req, row, job);
    page_flag(row, "may_cancel",
              !job_has_ended(job) && !job->is_decided &&
                  !job_is_cancelled(app->paths.data, job->id));
}

/* Films of meetings are mediad's (docs/CONTROL.md): they go on without the keeper, and end with
 * mediad. @return true when one is still to come */
static bool add_films(struct request *req, struct app *app, struct json_object *page, bool has_jobs)
{
    struct json_object *films = recording_films(req, app, NULL), *list = page_list(page, "films");
    size_t n = films ? json_object_array_length(films) : 0;
    bool are_coming = false;

    for (size_t i = n; i > 0; i--) {
        struct json_object *film = json_object_array_get_idx(films, i - 1);

        recording_film_add(req, page_row(list), film);
        are_coming = are_coming || recording_film_is_coming(film);
    }
    page_flag(page, "has_films", n > 0);
    page_flag(page, "is_away", !films);
    page_flag(page, "is_empty", films && n == 0 && !has_jobs);
    json_object_put(films);
    return are_coming;
}

void page_jobs(struct request *req, struct response *res, struct app *app)
{
    struct json_object *page, *list;
    struct job *jobs = NULL;
    struct error e = {0};
    bool are_coming = false;
    size_t n = 0;
    int r = job_list(app->paths.data, req->arena, &jobs, &n, &e);

    if (r < 0) {
        group_view_failed(req, res, app, r, &e);
        return;
    }
    page = page_new(req, res, app, "Jobs", "backup");
    list = page_list(page, "jobs");
    for (size_t i = 0; i < n; i++) {
        add_row(req, app, list, &jobs[i]);
        are_coming = are_coming || !job_has_ended(&jobs[i]);
    }
    are_coming = add_films(req, app, page, n > 0) || are_coming;
    page_flag(page, "has_jobs", n > 0);
    page_flag(page, "are_coming", are_coming);
    if (are_coming)
        response_header_f(res, "Refresh", "%d", PAGE_RELOAD_S);
    page_send(res, app, 200, "jobs", page);
}
