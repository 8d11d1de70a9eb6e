#include "admin-cgi/handlers/recording_film.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/control_client.h"
#include "admin-cgi/handlers/recording_change.h"
#include "admin-cgi/local_format.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "common/macros.h"
#include "common/now.h"

static const char *member(struct json_object *o, const char *name)
{
    const char *text = json_object_get_string(json_object_object_get(o, name));

    return text ? text : "";
}

struct json_object *recording_films(struct request *req, struct app *app, const char *group)
{
    const char *path =
        group ? arena_printf(req->arena, "/v0/films?group=%s", page_encode(req->arena, group, true))
              : "/v0/films";
    struct json_object *films = NULL;

    if (!path || control_get(app->control, path, 0, req->now_us, &films, NULL) < 0)
        return NULL;
    if (json_object_is_type(films, json_type_array))
        return films;
    json_object_put(films);
    return NULL;
}

struct json_object *recording_film_find(struct json_object *films, const char *start)
{
    struct json_object *found = NULL;

    for (size_t i = 0; films && *start && i < json_object_array_length(films); i++) {
        struct json_object *film = json_object_array_get_idx(films, i);

        if (strcmp(member(film, "start"), start) == 0)
            found = film;
    }
    return found;
}

bool recording_film_is_coming(struct json_object *film)
{
    const char *state = member(film, "state");

    return strcmp(state, "waiting") == 0 || strcmp(state, "running") == 0;
}

void recording_film_add(struct request *req, struct json_object *row, struct json_object *film)
{
    static const char *const states[] = {"waiting", "running", "done", "failed", "stopped"};
    const char *group = member(film, "group"), *start = member(film, "start");
    double progress = json_object_get_double(json_object_object_get(film, "progress"));
    int64_t asked_us = 0;

    if (time_parse_rfc3339(span_str(member(film, "asked")), &asked_us) < 0)
        asked_us = 0;
    page_text(row, "title", group);
    page_text(row, "start", start);
    page_text(row, "path", recording_film_path(req->arena, group, start));
    page_text(row, "folder", page_recordings_path(req->arena, group));
    page_time(row, "asked", asked_us);
    page_text(row, "percent_text", local_percent(req->arena, progress * 100, 0));
    page_text(row, "result",
              *member(film, "error") ? say_reported(req->arena, member(film, "error"))
                                     : member(film, "file"));
    page_flag(row, "is_coming", recording_film_is_coming(film));
    for (size_t i = 0; i < LENGTH(states); i++)
        page_flag(row, arena_printf(req->arena, "is_%s", states[i]),
                  strcmp(member(film, "state"), states[i]) == 0);
}

/* Tell mediad, and note in the audit log as `action` that it was done. */
static int tell(struct request *req, struct app *app, const char *verb, const char *action,
                const char *group, const char *start, struct error *e)
{
    struct json_object *body = arena_json(req->arena, json_object_new_object());
    int r;

    if (!*start)
        return error_set(e, ERR_INVALID, "start", "which meeting is not said");
    if (!body)
        return ERR_NO_MEMORY;
    page_text(body, "group", group);
    page_text(body, "start", start);
    page_text(body, "by", principal_told_name(&req->who));
    r = control_post(app->control, verb, body, NULL, e);
    if (r == 0)
        recording_change_audit(req, app, action, group, start);
    return r;
}

int recording_film_ask(struct request *req, struct app *app, const char *group, const char *start,
                       struct error *e)
{
    int r = tell(req, app, "/v0/film", "recording.film", group, start, e);

    return r == ERR_WRONG_STATE ? 0 : r;
}

int recording_film_stop(struct request *req, struct app *app, const char *group, const char *start,
                        struct error *e)
{
    int r = tell(req, app, "/v0/film/stop", "recording.film-stop", group, start, e);

    if (r == ERR_NOT_FOUND)
        return error_set(e, ERR_NOT_FOUND, NULL,
                         TEXT("this film neither waits nor is being made: reload the page"));
    return r;
}

const char *recording_film_path(struct arena *a, const char *group, const char *start)
{
    return arena_printf(a, "%s?film=%s", page_recordings_path(a, group),
                        page_encode(a, start, false));
}

void recording_film_page(struct request *req, struct response *res, struct app *app,
                         const char *group, const char *start)
{
    struct json_object *films = recording_films(req, app, group);
    struct json_object *film = recording_film_find(films, start);
    const char *back = page_recordings_path(req->arena, group);
    struct json_object *page;
    double progress = json_object_get_double(json_object_object_get(film, "progress"));

    if (films && (!film || strcmp(member(film, "state"), "done") == 0)) {
        response_redirect(res, 303, back);
    } else {
        page = page_new(req, res, app, "A film of the meeting", NULL);
        page_text(page, "group", group);
        page_text(page, "folder", back);
        page_text(page, "path", recording_film_path(req->arena, group, start));
        page_text(page, "start", start);
        page_flag(page, "is_away", !films);
        page_flag(page, "is_coming", recording_film_is_coming(film));
        page_flag(page, "is_waiting", strcmp(member(film, "state"), "waiting") == 0);
        page_flag(page, "is_stopped", strcmp(member(film, "state"), "stopped") == 0);
        page_number(page, "percent", (int64_t)(progress * 100));
        page_text(page, "problem", *member(film, "error") ? member(film, "error") : NULL);
        if (recording_film_is_coming(film) || !films)
            response_header_f(res, "Refresh", "%d", PAGE_RELOAD_S);
        page_send(res, app, 200, "recording_film", page);
    }
    json_object_put(films);
}
