#include "admin-cgi/handlers/page_live.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/live_streams.h"
#include "admin-cgi/handlers/live_view.h"
#include "admin-cgi/live_sample.h"
#include "admin-cgi/page.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_group.h"

/* A subgroup that appeared by itself has no file, and is shown all the same. */
static bool find_group(struct request *req, struct response *res, struct app *app,
                       struct group_record *out)
{
    const char *name = request_capture(req, "group");
    struct error e = {0};
    int r = store_group_find(app->db, req->arena, name, req->now_us, out, &e);

    if (r == 0 && out->is_inherited)
        out->file.name = name;
    if (r == 0)
        return true;
    return group_view_load(req, res, app, out);
}

/* The streams of the member whom the query names, if it does and the member is there. */
static void add_streams(struct request *req, struct json_object *page, struct json_object *stats,
                        struct json_object *now, const char *id)
{
    struct json_object *client = id ? live_view_find(now, id) : NULL;

    if (!client)
        return;
    page_flag(page, "is_member", true);
    page_text(page, "member_query", page_encode(req->arena, id, false));
    page_text(page, "member_name", live_view_name(client));
    live_streams_list(req->arena, page, stats, json_object_object_get(now, "clients"), id);
}

/* Whether the group is recorded, and what can be done about it. */
static void add_recording(struct json_object *page, struct json_object *now,
                          const struct group_record *group)
{
    struct json_object *recording = json_object_object_get(now, "recording");
    int64_t streams = json_object_get_int64(json_object_object_get(recording, "streams"));

    page_flag(page, "is_recorded", recording);
    page_flag(page, "may_be_recorded", group->desc && group->desc->allow_recording);
    page_time(page, "recorded_since", recording ? live_view_time(recording, "since") : 0);
    page_number(page, "recorded_streams", streams);
    page_flag(page, "one_stream", streams == 1);
}

/* What the page and its twin have in common: the group, who is in it, and what holds for all.
 * @return the group, borrowed from the request's arena; NULL: nobody is there */
static struct json_object *add_members(struct request *req, struct app *app,
                                       struct json_object *page, const char *name)
{
    struct json_object *rows = page_list(page, "rows");
    struct json_object *groups = arena_json(req->arena, group_view_live(req, app, page, 0));
    struct json_object *now = live_sample_group(groups, name);
    struct json_object *clients = json_object_object_get(now, "clients");
    const char *base = page_group_path(req->arena, name, "");
    int64_t people = json_object_get_int64(json_object_object_get(now, "members"));

    for (size_t i = 0; clients && i < json_object_array_length(clients); i++)
        live_view_member(req->arena, rows, json_object_array_get_idx(clients, i), base);
    page_flag(page, "has_rows", clients && json_object_array_length(clients) > 0);
    page_flag(page, "is_empty", groups && (!clients || json_object_array_length(clients) == 0));
    page_flag(page, "locked", json_object_get_boolean(json_object_object_get(now, "locked")));
    page_text(page, "lock_text", json_object_get_string(json_object_object_get(now, "lockText")));
    page_text(
        page, "summary",
        arena_printf(req->arena, "%lld %s", (long long)people, people == 1 ? "person" : "people"));
    return now;
}

void page_live(struct request *req, struct response *res, struct app *app)
{
    struct group_record group;
    struct json_object *page, *now, *stats;
    const char *member = NULL;
    struct error e = {0};

    if (request_query(req, "member", &member, &e) < 0) {
        page_error(req, res, app, 400, &e);
        return;
    }
    if (!find_group(req, res, app, &group))
        return;
    page = group_view_page(req, res, app, &group, "live", "Live");
    now = add_members(req, app, page, group.file.name);
    stats = now && member ? live_streams(req, app, group.file.name) : NULL;
    add_streams(req, page, stats, now, member);
    add_recording(page, now, &group);
    page_flag(page, "is_there", now);
    page_time(page, "since", now ? live_view_time(now, "since") : 0);
    page_text(page, "here",
              arena_printf(
                  req->arena, "%s%s%s", page_group_path(req->arena, group.file.name, ".live"),
                  member ? "?member=" : "", member ? page_encode(req->arena, member, false) : ""));
    page_text(page, "twin", page_group_path(req->arena, group.file.name, ".live.json"));
    page_send(res, app, 200, "live", page);
}

void page_live_json(struct request *req, struct response *res, struct app *app)
{
    struct json_object *json = json_object_new_object();

    add_members(req, app, json, request_capture(req, "group"));
    live_view_send(req, res, json);
}
