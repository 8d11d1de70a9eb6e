#include "admin-cgi/handlers/recordings.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "admin-cgi/app.h"
#include "admin-cgi/csrf.h"
#include "admin-cgi/form.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/page_recording.h"
#include "admin-cgi/handlers/recording_change.h"
#include "admin-cgi/handlers/recording_film.h"
#include "admin-cgi/handlers/recording_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/recordings/recording_kept.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_group.h"
#include "common/macros.h"

#define PAGE_MAX 1000000

static void missing(struct request *req, struct response *res, struct app *app)
{
    struct error e = {0};

    error_set(&e, ERR_NOT_FOUND, NULL, "there are no such recordings");
    if (res->class == RESPONSE_LANDING)
        page_error(req, res, app, 404, &e);
    else
        response_error(res, 404, &e);
}

/* ---- the page ---- */

/* A group without recordings has an empty page: menus lead there. */
static bool is_group(struct request *req, struct app *app, const char *group)
{
    struct group_record record;
    int r = store_group_find(app->db, req->arena, group, req->now_us, &record, NULL);

    return r == 0 || r == ERR_WRONG_STATE;
}

/* Links into the console: none for a person who came with HTTP Basic and has no session. */
static void add_ways(struct request *req, struct app *app, struct json_object *page)
{
    struct json_object *meetings = json_object_object_get(page, "meetings");
    size_t n = meetings ? json_object_array_length(meetings) : 0;
    struct open_links links = {0};

    if (n)
        links = page_recording_open_links(req, app);
    for (size_t i = 0; i < n; i++)
        page_recording_add_ways(
            req->arena, &links,
            json_object_object_get(json_object_array_get_idx(meetings, i), "recordings"));
}

/* @param folder -1: there is none */
static void show(struct request *req, struct response *res, struct app *app, int folder,
                 const char *group, uint64_t number)
{
    struct json_object *films = recording_films(req, app, group);
    struct json_object *page;
    struct error e = {0};
    int r = 0;

    page = page_new(req, res, app, arena_printf(req->arena, "Recordings of %s", group), NULL);
    page_text(page, "group", group);
    page_text(page, "change_path", page_recordings_path(req->arena, group));
    page_text(page, "kept",
              recording_view_kept(req->arena, recording_kept_days(app->db, group, req->now_us)));
    if (folder >= 0)
        r = recording_view_meetings(req, page, folder, group, number, films);
    if (r == 0 && req->who.session_id)
        add_ways(req, app, page);
    if (r == 0 && folder >= 0)
        r = recording_view_deleted(req, page, folder, group);
    json_object_put(films);
    if (req->who.session_id)
        response_cache(res, "no-store"); /* as all pages of the console */
    if (r < 0)
        group_view_failed(req, res, app, r, &e);
    else
        page_send(res, app, 200, "recordings", page);
}

/* @param film NULL: the list is asked for @param number of its page, from 0 */
static int read_query(struct request *req, const char **film, uint64_t *number, struct error *e)
{
    const char *page = NULL;
    int r = request_query(req, "film", film, e);

    if (r == 0)
        r = request_query(req, "page", &page, e);
    if (r == 0 && page && (!span_u64(span_str(page), number) || *number > PAGE_MAX))
        r = error_set(e, ERR_INVALID, "page", "there is no such page");
    return r;
}

void recordings_list(struct request *req, struct response *res, struct app *app)
{
    const char *group = request_capture(req, "group");
    int folder = recording_folder_open(app->paths.recordings, group);
    const char *film = NULL;
    uint64_t number = 0;
    struct error e = {0};

    if (folder < 0 && !is_group(req, app, group))
        missing(req, res, app);
    else if (read_query(req, &film, &number, &e) < 0)
        page_error(req, res, app, 400, &e);
    else if (film)
        recording_film_page(req, res, app, group, film);
    else
        show(req, res, app, folder, group, number);
    if (folder >= 0)
        close(folder);
}

/* With a session, the form also has to prove that it is of our page; requests with HTTP Basic that
 * a foreign page makes were refused before (dispatch.c). */
static int check_form(struct request *req, struct app *app, struct form *form, struct error *e)
{
    int r = form_parse(form, req->arena, req->body, e);

    if (r == 0 && !request_is_type(req, "application/x-www-form-urlencoded"))
        r = error_set(e, ERR_MEDIA_TYPE, NULL, "this is not a form");
    if (r == 0 && req->who.session_id)
        r = csrf_check(req, app, form_get(form, "csrf"), e);
    return r;
}

/* What is asked of a film. */
static const struct film_order {
    const char *word;
    int (*carry_out)(struct request *req, struct app *app, const char *group, const char *start,
                     struct error *e);
} film_orders[] = {
    {"film", recording_film_ask},
    {"film-stop", recording_film_stop},
};

static const struct film_order *film_order_find(const char *word)
{
    for (size_t i = 0; i < LENGTH(film_orders); i++) {
        if (strcmp(film_orders[i].word, word) == 0)
            return &film_orders[i];
    }
    return NULL;
}

/** POST: the fields are the original's, `q` and `filename`; a film has `start`, and its own page
 * says what becomes of it. */
void recordings_post(struct request *req, struct response *res, struct app *app)
{
    const char *group = request_capture(req, "group");
    const struct recording_change *change = NULL;
    const char *next = page_recordings_path(req->arena, group);
    const struct film_order *order;
    struct form form = {0};
    struct error e = {0};
    int r = check_form(req, app, &form, &e);

    order = r == 0 ? film_order_find(form_text(&form, "q")) : NULL;
    if (order) {
        r = order->carry_out(req, app, group, form_text(&form, "start"), &e);
        next = recording_film_path(req->arena, group, form_text(&form, "start"));
    } else if (r == 0) {
        change = recording_change_find(form_text(&form, "q"));
        r = change ? recording_change_do(req, app, change, group, form_text(&form, "filename"), &e)
                   : error_set(&e, ERR_INVALID, "q", "this cannot be asked for here");
    }
    if (r < 0)
        page_error(req, res, app, err_http_status(r), &e);
    else
        response_redirect(res, 303, next ? next : page_recordings_path(req->arena, group));
}

/* ---- files ---- */

static const char *type_of(const char *name)
{
    static const struct {
        const char *suffix;
        const char *type;
    } types[] = {
        {".webm", "video/webm"}, {".mkv", "video/x-matroska"},        {".png", "image/png"},
        {".jpg", "image/jpeg"},  {".vtt", "text/vtt; charset=utf-8"},
    };
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; dot && i < LENGTH(types); i++) {
        if (strcmp(dot, types[i].suffix) == 0)
            return types[i].type;
    }
    return "application/octet-stream";
}

/* nginx sends the bytes, with ranges, from a location that only this answer opens. */
static void send_file(struct request *req, struct response *res, const char *group,
                      const char *below, const char *name)
{
    response_type(res, type_of(name));
    response_header(res, "X-Accel-Redirect",
                    arena_printf(req->arena, "/_recordings/%s/%s%s",
                                 page_encode(req->arena, group, true), below,
                                 page_encode(req->arena, name, false)));
}

/* What a browser calls the file on the disk of who keeps it (RFC 6266). */
static int name_download(struct request *req, struct response *res, const char *name,
                         struct error *e)
{
    const char *wanted = NULL;
    int r = request_query(req, "download", &wanted, e);

    if (r == 0 && wanted)
        response_header(
            res, "Content-Disposition",
            arena_printf(
                req->arena, "attachment; filename*=UTF-8''%s",
                page_encode(req->arena, recording_download_name(req->arena, name), false)));
    return r;
}

void recordings_send(struct request *req, struct response *res, int folder, const char *group,
                     const char *name)
{
    struct recording file = {.name = name};
    struct error e = {0};
    struct stat st;
    int r;

    if (!recording_stat(folder, name, &st))
        r = error_set(&e, ERR_NOT_FOUND, NULL, "there are no such recordings");
    else if (recording_state_of(folder, &file, req->now_us) != RECORDING_DONE)
        r = error_set(&e, ERR_WRONG_STATE, NULL, "this recording is not finished yet");
    else
        r = name_download(req, res, name, &e);
    if (r < 0)
        response_error(res, 0, &e);
    else
        send_file(req, res, group, "", name);
}

void recordings_file(struct request *req, struct response *res, struct app *app)
{
    const char *path = request_capture(req, "group"), *slash = strrchr(path, '/');
    const char *group, *name;
    struct stat st;
    int folder;

    if (!slash) { /* "/recordings/G" means its folder */
        response_redirect(res, 308, page_recordings_path(req->arena, path));
        return;
    }
    group = arena_dup(req->arena, span_of(path, (size_t)(slash - path)));
    name = slash + 1;
    folder = group ? recording_folder_open(app->paths.recordings, group) : -1;
    if (folder < 0)
        missing(req, res, app);
    else if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode))
        response_redirect(res, 308, page_recordings_path(req->arena, path));
    else
        recordings_send(req, res, folder, group, name);
    if (folder >= 0)
        close(folder);
}

void recordings_send_poster(struct request *req, struct response *res, const char *group,
                            const char *name)
{
    send_file(req, res, group, ".about/", arena_printf(req->arena, "%s.png", name));
}

/* ".about/NAME.png" of a recording that is there. */
void recordings_poster(struct request *req, struct response *res, struct app *app)
{
    const char *group = request_capture(req, "group");
    const char *file = request_capture(req, "file"), *dot = strrchr(file, '.');
    const char *name = dot && strcmp(dot, ".png") == 0
                           ? arena_dup(req->arena, span_of(file, (size_t)(dot - file)))
                           : NULL;
    int folder = recording_folder_open(app->paths.recordings, group);
    struct stat st;

    if (folder >= 0 && name && recording_stat(folder, name, &st) &&
        recording_has_poster(folder, name))
        recordings_send_poster(req, res, group, name);
    else
        missing(req, res, app);
    if (folder >= 0)
        close(folder);
}
