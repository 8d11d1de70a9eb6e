#include "admin-cgi/handlers/page_person.h"

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/live_streams.h"
#include "admin-cgi/handlers/live_view.h"
#include "admin-cgi/live_sample.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"

const char *page_person_path(struct arena *a, const char *group, const char *client)
{
    return page_group_path(a, group,
                           arena_printf(a, ".person?client=%s", page_encode(a, client, false)));
}

static void show(struct request *req, struct response *res, struct app *app,
                 struct json_object *page, struct json_object *now, struct json_object *client)
{
    const char *group = request_capture(req, "group");
    const char *id = json_object_get_string(json_object_object_get(client, "id"));
    const char *base = page_group_path(req->arena, group, "");

    page_text(page, "group", group);
    page_text(page, "base", base);
    page_text(page, "here", page_person_path(req->arena, group, id));
    page_text(page, "away_path",
              arena_printf(req->arena, "%s.send-away?client=%s", base,
                           page_encode(req->arena, id, false)));
    page_flag(page, "may_moderate", principal_may(&req->who, group, CAP_MODERATE));
    live_view_person(req->arena, page, client);
    live_view_choices(page, client);
    live_streams_list(req->arena, page, live_streams(req, app, group),
                      json_object_object_get(now, "clients"), id);
    page_send(res, app, 200, "person", page);
}

void page_person(struct request *req, struct response *res, struct app *app)
{
    const char *group = request_capture(req, "group");
    const char *back = page_group_path(req->arena, group, ".live");
    const char *id = NULL;
    struct json_object *page, *now, *client;
    struct error e = {0};

    if (request_query(req, "client", &id, &e) < 0) {
        page_error(req, res, app, 400, &e);
        return;
    }
    page = page_new(req, res, app, "", "live");
    now = live_sample_group(
        arena_json(req->arena, group_view_live(req, app, page, live_view_max_age(page))), group);
    client = id ? live_view_find(now, id) : NULL;
    if (!client) {
        page_done(req, res, app, back, "They have left.", NULL);
        return;
    }
    page_text(page, "title",
              say_with(req->arena, "{name} in {group}", "name", live_view_name(req->arena, client),
                       "group", group, NULL));
    show(req, res, app, page, now, client);
}
