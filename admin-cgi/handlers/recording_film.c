#include "admin-cgi/handlers/recording_film.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/control_client.h"
#include "admin-cgi/handlers/recording_change.h"
#include "admin-cgi/page.h"

#define RELOAD_S 3

static const char *member(struct json_object *o, const char *name)
{
    const char *text = json_object_get_string(json_object_object_get(o, name));

    return text ? text : "";
}

struct json_object *recording_films(struct request *req, struct app *app, const char *group)
{
    const char *path =
        arena_printf(req->arena, "/v0/films?group=%s", page_encode(req->arena, group, true));
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

int recording_film_ask(struct request *req, struct app *app, const char *group, const char *start,
                       struct error *e)
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
    r = control_post(app->control, "/v0/film", body, NULL, e);
    if (r == 0)
        recording_change_audit(req, app, "recording.film", group, start);
    return r == ERR_WRONG_STATE ? 0 : r;
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
        page_text(page, "start", start);
        page_flag(page, "is_away", !films);
        page_flag(page, "is_coming", recording_film_is_coming(film));
        page_flag(page, "is_waiting", strcmp(member(film, "state"), "waiting") == 0);
        page_number(page, "percent", (int64_t)(progress * 100));
        page_text(page, "problem", *member(film, "error") ? member(film, "error") : NULL);
        if (recording_film_is_coming(film) || !films)
            response_header_f(res, "Refresh", "%d", RELOAD_S);
        page_send(res, app, 200, "recording_film", page);
    }
    json_object_put(films);
}
