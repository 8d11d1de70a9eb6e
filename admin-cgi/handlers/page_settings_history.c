#include "admin-cgi/handlers/page_settings_history.h"

#include <inttypes.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/page_settings.h"
#include "admin-cgi/handlers/setting_value.h"
#include "admin-cgi/handlers/settings_view.h"
#include "admin-cgi/jobs/job_runner.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/site/logo.h"
#include "admin-cgi/store/store_setting.h"
#include "admin-cgi/store/store_setting_past.h"
#include "common/macros.h"

#define ROWS_PER_PAGE 50
#define SHOWN_MAX 200 /* bytes of a value */

/** Settings that are in no row of site/site_setting.h. */
static const struct {
    const char *key, *label, *path;
    const char *is_set, *is_not; /* NULL: the value itself */
} others[] = {
    {LOGO_NAME_KEY, TEXT("Logo"), "/admin/settings", TEXT("a picture"), TEXT("nothing")},
    {NIGHTLY_SETTING, TEXT("Time of the backup at night"), "/admin/backup", NULL, TEXT("nothing")},
};

/* ---- a setting by its key ---- */

static size_t other_of(const char *key)
{
    size_t i = 0;

    while (i < LENGTH(others) && strcmp(others[i].key, key) != 0)
        i++;
    return i;
}

static const char *label_of(struct request *req, const char *key)
{
    const struct site_setting *s = site_setting_find(key);
    size_t other = other_of(key);

    return s                        ? say(req->arena, s->label)
           : other < LENGTH(others) ? say(req->arena, others[other].label)
                                    : key;
}

/* The page that it stands on. */
static const char *place_of(const char *key)
{
    const struct site_setting *s = site_setting_find(key);
    size_t other = other_of(key);

    return s                        ? page_settings_path(s)
           : other < LENGTH(others) ? others[other].path
                                    : SETTINGS_HISTORY_PATH;
}

static const char *words_of(struct request *req, struct app *app, const char *key,
                            const char *value)
{
    const struct site_setting *s = site_setting_find(key);
    size_t other = other_of(key);

    if (s)
        return setting_value_words(req, app, s, value);
    if (other < LENGTH(others) && !value)
        return say(req->arena, others[other].is_not);
    if (other < LENGTH(others) && others[other].is_set)
        return say(req->arena, others[other].is_set);
    return value ? value : "";
}

/* The first bytes of it, whole letters. */
static const char *shortened(struct request *req, const char *text)
{
    struct span first = span_sub(span_str(text), 0, SHOWN_MAX);

    if (strlen(text) <= SHOWN_MAX)
        return text;
    return arena_printf(req->arena, "%.*s…", (int)span_whole_len(first), text);
}

/* ---- the list ---- */

const char *page_settings_undo_path(struct request *req, int64_t batch)
{
    return arena_printf(req->arena, "/admin/settings/undo/%" PRId64, batch);
}

const char *page_settings_history_path(struct request *req, const char *key)
{
    return arena_printf(req->arena, SETTINGS_HISTORY_PATH "?setting=%s",
                        page_encode(req->arena, key, false));
}

/* The newest change of a setting, so that who puts it back is known to have seen it. */
static int newest_of(struct request *req, struct app *app, const char *key,
                     struct setting_past **out, struct error *e)
{
    size_t n = 0;
    int r = store_setting_past_list(app->db, req->arena, key, 0, 1, out, &n, e);

    return r == 0 && n == 0 ? error_set(e, ERR_NOT_FOUND, NULL, "it was never changed") : r;
}

static void add_row(struct request *req, struct app *app, struct json_object *list,
                    const struct setting_past *past)
{
    struct json_object *row = page_row(list);

    page_number(row, "id", past->id);
    page_time(row, "when", past->at_us);
    page_text(row, "by", past->by);
    page_text(row, "label", label_of(req, past->key));
    page_text(row, "path", place_of(past->key));
    page_text(row, "before", shortened(req, words_of(req, app, past->key, past->before)));
    page_text(row, "after", shortened(req, words_of(req, app, past->key, past->after)));
    page_flag(row, "may_go_back", !store_setting_is_same(past->newest, past->before));
}

static int read_id(const char *text, int64_t *out, struct error *e)
{
    uint64_t n = 0;

    if (text && *text && (!span_u64(span_str(text), &n) || n > INT64_MAX))
        return error_set(e, ERR_NOT_FOUND, NULL, "there is no such change of a setting");
    *out = (int64_t)n;
    return 0;
}

static const char *next_path(struct request *req, const char *key, int64_t id)
{
    return arena_printf(req->arena, "%s%sbefore=%" PRId64,
                        key ? page_settings_history_path(req, key) : SETTINGS_HISTORY_PATH,
                        key ? "&" : "?", id);
}

/* @param key NULL: of all settings */
static void show(struct request *req, struct response *res, struct app *app, struct form_view *v,
                 const char *key, int64_t before, int status)
{
    struct json_object *list = page_list(v->page, "changes");
    struct setting_past *rows = NULL;
    struct error e = {0};
    size_t n = 0;
    int r = store_setting_past_list(app->db, req->arena, key, before, ROWS_PER_PAGE, &rows, &n, &e);

    if (r < 0) {
        group_view_failed(req, res, app, r, &e);
        return;
    }
    for (size_t i = 0; i < n; i++)
        add_row(req, app, list, &rows[i]);
    if (key)
        page_text(v->page, "only", label_of(req, key));
    page_text(v->page, "setting", key ? key : "");
    page_number(v->page, "seen", !before && n ? rows[0].id : 0);
    page_flag(v->page, "has_changes", n > 0);
    if (n == ROWS_PER_PAGE)
        page_text(v->page, "next", next_path(req, key, rows[n - 1].id));
    page_send(res, app, status, "settings_history", v->page);
}

void page_settings_history(struct request *req, struct response *res, struct app *app)
{
    const char *key = "", *before_text = "";
    const struct request_field fields[] = {{"setting", &key}, {"before", &before_text}};
    struct form_view v = {.page = NULL};
    struct error e = {0};
    int64_t before = 0;
    int r = request_queries(req, fields, LENGTH(fields), &e);

    if (r == 0)
        r = read_id(before_text, &before, &e);
    if (r < 0) {
        page_error(req, res, app, err_http_status(r), &e);
        return;
    }
    v.page = settings_page(req, res, app, TEXT("Changes of settings"), SETTINGS_HISTORY_PATH);
    show(req, res, app, &v, *key ? key : NULL, before, 200);
}

/* ---- back ---- */

/* Was it once allowed, but is not any more? */
static int check(struct request *req, struct app *app, const struct setting_past *past,
                 struct error *e)
{
    const struct site_setting *s = site_setting_find(past->key);
    struct error why = {0};

    if (!s || !past->before || setting_value_check(req, app, s, past->before, &why) == 0)
        return 0;
    return error_set(e, ERR_INVALID, NULL, "%s", why.text);
}

/* What goes back to before: one change, and what goes silently along with it. */
struct way_back {
    struct setting_change *changes;
    size_t n;
};

/* @param id of the only change that goes back; 0: all of the batch */
static int find_way_back(struct request *req, struct app *app, int64_t batch, int64_t id,
                         struct way_back *out, struct error *e)
{
    struct setting_past *rows = NULL;
    size_t n = 0;
    int r = store_setting_past_batch(app->db, req->arena, batch, &rows, &n, e);

    if (r == 0 && n == 0)
        r = error_set(e, ERR_NOT_FOUND, NULL, "there is no such change of a setting");
    out->changes = r == 0 ? arena_alloc(req->arena, n * sizeof *out->changes) : NULL;
    if (r == 0 && !out->changes)
        r = error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    for (size_t i = 0; r == 0 && i < n; i++) {
        if (id && rows[i].id != id && !rows[i].is_silent)
            continue;
        r = check(req, app, &rows[i], e);
        out->changes[out->n++] = (struct setting_change){.key = rows[i].key,
                                                         .before = rows[i].after,
                                                         .after = rows[i].before,
                                                         .is_silent = rows[i].is_silent};
    }
    return r;
}

/* What is set now stands in for what the change left: a later one may have changed it. */
static int begin_from_now(struct request *req, struct app *app, struct way_back *way, int64_t seen,
                          struct error *e)
{
    int r = 0;

    for (size_t i = 0; i < way->n && r == 0; i++) {
        struct setting_past *newest = NULL;

        way->changes[i].before = NULL;
        if (!way->changes[i].is_silent) {
            r = newest_of(req, app, way->changes[i].key, &newest, e);
            if (r == 0 && newest->id > seen)
                r = error_set(e, ERR_PRECONDITION, way->changes[i].key,
                              "somebody else changed it meanwhile");
        }
        if (r == 0)
            r = store_setting_get(app->db, req->arena, way->changes[i].key, &way->changes[i].before,
                                  e);
    }
    return r;
}

/* What could not go back is said above the list. @return false: it is another failure */
static bool refuse(struct request *req, struct response *res, struct app *app, const char *key,
                   int r, const struct error *e)
{
    struct form_view v = {.page = NULL};

    if (r != ERR_PRECONDITION && r != ERR_INVALID)
        return false;
    v.page =
        settings_page(req, res, app, TEXT("Error: changes of settings"), SETTINGS_HISTORY_PATH);
    if (r == ERR_PRECONDITION)
        form_view_problem(&v, "main",
                          "Somebody changed this again meanwhile, so nothing was changed. Below is "
                          "what was changed last.");
    else
        form_view_refused(&v, "main", "What it was before is not allowed any more: {reason}.", e);
    show(req, res, app, &v, key, 0, r == ERR_PRECONDITION ? 409 : 422);
    return true;
}

void page_settings_history_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"change", "seen", "setting", NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct setting_past past = {0};
    struct way_back way = {0};
    struct error e = {0};
    struct form form;
    int64_t id = 0, seen = 0, batch = 0;
    const char *key, *path;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0)
        return;
    key = form_text(&form, "setting");
    path = *key ? page_settings_history_path(req, key) : SETTINGS_HISTORY_PATH;
    if (form_was_used(req, res, app, &form, &actor, path))
        return;
    r = read_id(form_text(&form, "change"), &id, &e);
    if (r == 0)
        r = read_id(form_text(&form, "seen"), &seen, &e);
    if (r == 0)
        r = store_setting_past_get(app->db, req->arena, id, &past, &e);
    if (r == 0)
        r = find_way_back(req, app, past.batch, id, &way, &e);
    if (r == 0)
        r = begin_from_now(req, app, &way, seen, &e);
    if (r == 0)
        r = store_setting_change(app->db, way.changes, way.n, &actor, &batch, &e);
    if (!refuse(req, res, app, *key ? key : NULL, r, &e))
        settings_answer(req, res, app, &actor, r, &e, path,
                        say_with(req->arena, "{setting} is as it was before that change.",
                                 "setting", label_of(req, past.key ? past.key : ""), NULL),
                        batch);
}

void page_settings_undo(struct request *req, struct response *res, struct app *app)
{
    (void)req;
    (void)app;
    response_redirect(res, 303, SETTINGS_HISTORY_PATH);
}

void page_settings_undo_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct way_back way = {0};
    struct error e = {0};
    struct form form;
    int64_t number = 0, batch = 0;
    const char *path = SETTINGS_HISTORY_PATH;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0)
        return;
    r = read_id(request_capture(req, "batch"), &number, &e);
    if (r == 0)
        r = find_way_back(req, app, number, 0, &way, &e);
    if (r == 0)
        path = place_of(way.changes[0].key);
    if (form_was_used(req, res, app, &form, &actor, path))
        return;
    if (r == 0)
        r = store_setting_change(app->db, way.changes, way.n, &actor, &batch, &e);
    if (!refuse(req, res, app, NULL, r, &e))
        settings_answer(req, res, app, &actor, r, &e, path, TEXT("The change was taken back."),
                        batch);
}
