#include "admin-cgi/handlers/page_landing.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/control_client.h"
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

static const char *text_of(struct json_object *o, const char *name)
{
    struct json_object *value = json_object_object_get(o, name);

    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

static void add_live_row(struct request *req, const struct language *language,
                         struct json_object *list, struct json_object *status)
{
    int64_t count = json_object_get_int64(json_object_object_get(status, "clientCount"));
    bool is_redirect = text_of(status, "redirect")[0];
    struct json_object *row = new_row(req, text_of(status, "name"), text_of(status, "displayName"),
                                      text_of(status, "description"));

    page_flag(row, "remote", is_redirect);
    page_flag(row, "locked", json_object_get_boolean(json_object_object_get(status, "locked")));
    page_flag(row, "live", !is_redirect && count > 0);
    page_flag(row, "counted", !is_redirect);
    page_text(row, "people",
              language_count(language, req->arena, "{n} people now", "{n} person now",
                             count > 0 ? (uint64_t)count : 0));
    json_object_array_add(list, row);
}

/* mediad knows who is there; without it the list comes from the index. */
static bool add_live_groups(struct request *req, struct app *app, const struct language *language,
                            struct json_object *list)
{
    struct json_object *live = NULL;

    if (control_get(app->control, "/v0/public", LIVE_MAX_AGE_US, req->now_us, &live, NULL) < 0 ||
        !json_object_is_type(live, json_type_array)) {
        json_object_put(live);
        return false;
    }
    for (size_t i = 0; i < json_object_array_length(live); i++)
        add_live_row(req, language, list, json_object_array_get_idx(live, i));
    json_object_put(live);
    return true;
}

static void add_stored_groups(struct request *req, struct app *app, struct json_object *list)
{
    struct group_row *rows;
    size_t n;

    if (store_group_list_public(app->db, req->arena, &rows, &n, NULL) < 0)
        return;
    for (size_t i = 0; i < n; i++) {
        struct json_object *row =
            new_row(req, rows[i].name, rows[i].display_name, rows[i].description);

        page_flag(row, "remote", rows[i].redirect[0]);
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
    bool live;

    if (!page) {
        json_object_put(groups);
        page_send(res, app, 503, "landing", NULL);
        return;
    }
    live = add_live_groups(req, app, language, groups);
    if (!live)
        add_stored_groups(req, app, groups);
    page_flag(page, "unavailable", !live);
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
