#include "admin-cgi/handlers/page_landing.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/live_sample.h"
#include "admin-cgi/page.h"
#include "admin-cgi/page_language.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_group.h"
#include "admin-cgi/store/store_group_list.h"
#include "common/group_name.h"
#include "common/now.h"

#define LIVE_MAX_AGE_US (2 * US_PER_S)

static struct json_object *new_row(struct request *req, const char *name, const char *display_name,
                                   const char *description)
{
    struct json_object *row = json_object_new_object();

    page_text(row, "name", name);
    page_text(row, "label", display_name && *display_name ? display_name : name);
    page_text(row, "description", description);
    page_text(row, "path",
              arena_printf(req->arena, "/group/%s/", page_encode(req->arena, name, true)));
    return row;
}

static void add_people(struct request *req, const struct language *language,
                       struct json_object *row, const struct live_sample *sample, const char *name)
{
    struct json_object *live = live_sample_group(sample->groups, name);
    int64_t count = json_object_get_int64(json_object_object_get(live, "members"));

    page_flag(row, "counted", true);
    page_flag(row, "live", count > 0);
    page_flag(row, "locked",
              json_object_get_boolean(json_object_object_get(live, "locked")) ||
                  live_sample_is_autolocked(sample, name));
    page_text(row, "people",
              language_count(language, req->arena, "{n} people now", "{n} person now",
                             count > 0 ? (uint64_t)count : 0));
}

/* With how many are there, unless nobody knows any more. */
static void add_groups(struct request *req, struct app *app, const struct language *language,
                       struct json_object *list, const struct live_sample *sample)
{
    struct group_row *rows;
    size_t n;

    if (store_group_list_public(app->db, req->arena, &rows, &n, NULL) < 0)
        return;
    for (size_t i = 0; i < n; i++) {
        struct json_object *row =
            new_row(req, rows[i].name, rows[i].display_name, rows[i].description);

        page_flag(row, "remote", rows[i].redirect[0]);
        if (!sample->is_old && !rows[i].redirect[0])
            add_people(req, language, row, sample, rows[i].name);
        json_object_array_add(list, row);
    }
}

static void show(struct request *req, struct response *res, struct app *app,
                 const struct language *language, int status, const char *typed,
                 const char *problem)
{
    struct json_object *page = page_new(
        req, res, app, problem ? language_text(language, "Error: Nereid") : "Nereid", NULL);
    struct json_object *groups = json_object_new_array();
    struct live_sample sample;

    if (!page) {
        json_object_put(groups);
        page_send(res, app, 503, "landing", NULL);
        return;
    }
    sample = live_sample_get(app->live, LIVE_MAX_AGE_US);
    add_groups(req, app, language, groups, &sample);
    page_flag(page, "unavailable", sample.is_old);
    page_flag(page, "has_groups", json_object_array_length(groups) > 0);
    json_object_object_add(page, "groups", groups);
    page_text(page, "typed", typed);
    page_text(page, "problem", problem);
    page_speak(page, app, language);
    page_send(res, app, status, "landing", page);
}

void page_landing(struct request *req, struct response *res, struct app *app)
{
    show(req, res, app, page_language(req, res, app), 200, "", NULL);
}

void page_join(struct request *req, struct response *res, struct app *app)
{
    const struct language *language = page_language(req, res, app);
    struct group_record group;
    const char *typed = NULL;
    struct span name;
    const char *clean;
    struct error e = {0};
    int r = request_query(req, "group", &typed, &e);

    if (r < 0) {
        page_error(req, res, app, 400, &e);
        return;
    }
    name = span_trim(span_str(typed ? typed : ""));
    clean = arena_dup(req->arena, name);
    if (!clean || name.len == 0) {
        show(req, res, app, language, 422, typed,
             language_text(language, "Write the name of a group."));
        return;
    }
    if (group_name_check(name, &e) < 0) {
        show(req, res, app, language, 422, typed,
             language_fill(language, req->arena, "This cannot be the name of a group: {reason}.",
                           "reason", language_text(language, e.text)));
        return;
    }
    r = store_group_find(app->db, req->arena, clean, req->now_us, &group, &e);
    if (r == ERR_NOT_FOUND)
        show(req, res, app, language, 404, typed,
             language_text(language, "There is no group of this name."));
    else if (r < 0 && r != ERR_WRONG_STATE)
        page_error(req, res, app, err_http_status(r), &e);
    else if (r == 0 && group.desc->redirect)
        response_redirect(res, 303, group.desc->redirect);
    else
        response_redirect(
            res, 303, arena_printf(req->arena, "/group/%s/", page_encode(req->arena, clean, true)));
}
