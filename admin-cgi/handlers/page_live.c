#include "admin-cgi/handlers/page_live.h"

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/dashboard_charts.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/live_list.h"
#include "admin-cgi/live_sample.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_group.h"
#include "common/macros.h"

/* ---- what people are sorted by ---- */

static double quality_of(const struct live_entry *e, const char *name)
{
    struct json_object *quality = json_object_object_get(e->object, "quality");

    return json_object_get_double(json_object_object_get(quality, name));
}
static int64_t need(const struct live_entry *e)
{
    return live_view_need(e->object);
}
static int64_t up(const struct live_entry *e)
{
    return (int64_t)quality_of(e, "up");
}
static int64_t down(const struct live_entry *e)
{
    return (int64_t)quality_of(e, "down");
}
static int64_t loss_ppm(const struct live_entry *e)
{
    return (int64_t)(quality_of(e, "loss") * 1e6);
}
static int64_t jitter_us(const struct live_entry *e)
{
    return (int64_t)(quality_of(e, "jitter") * 1e3);
}
static int64_t rtt_us(const struct live_entry *e)
{
    return (int64_t)(quality_of(e, "rtt") * 1e3);
}
static int64_t since(const struct live_entry *e)
{
    return live_view_time(e->object, "joined");
}

#define BY_NEED "-need"

static const struct live_column columns[] = {
    {"need", NULL, need, false},
    {"name", TEXT("Name"), NULL, false},
    {NULL, TEXT("Rights"), NULL, false},
    {NULL, TEXT("Microphone"), NULL, false},
    {NULL, TEXT("Camera"), NULL, false},
    {"up", TEXT("Up"), up, true},
    {"down", TEXT("Down"), down, true},
    {"loss", TEXT("Loss"), loss_ppm, true},
    {"jitter", TEXT("Jitter"), jitter_us, true},
    {"rtt", TEXT("Round trip"), rtt_us, true},
    {NULL, TEXT("Path"), NULL, false},
    {"since", TEXT("Here since"), since, false},
};

/* ---- what page and twin have in common ---- */

/* Whether the group is recorded, and what can be done about it. */
static void add_recording(struct arena *a, struct json_object *page, struct json_object *now)
{
    struct json_object *recording = json_object_object_get(now, "recording");
    int64_t streams = json_object_get_int64(json_object_object_get(recording, "streams"));

    page_flag(page, "is_recorded", recording);
    page_flag(page, "is_not_recorded", now && !recording);
    page_time(page, "recorded_since", recording ? live_view_time(recording, "since") : 0);
    page_text(page, "recorded_streams",
              say_count(a, "{n} streams", "{n} stream", (uint64_t)streams));
}

static void add_lock(struct arena *a, struct json_object *page, struct json_object *now)
{
    const char *text = json_object_get_string(json_object_object_get(now, "lockText"));
    bool locked = json_object_get_boolean(json_object_object_get(now, "locked"));

    page_flag(page, "locked", locked);
    page_flag(page, "is_open", now && !locked);
    page_text(page, "lock_words",
              text && *text ? say_with(a, "Locked: {text}", "text", text, NULL) : say(a, "Locked"));
}

static int fill(struct arena *a, struct json_object *clients, struct live_list *list)
{
    size_t n = clients ? json_object_array_length(clients) : 0;

    list->entries = arena_array(a, n ? n : 1, sizeof *list->entries);
    if (!list->entries)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < n; i++) {
        struct json_object *client = json_object_array_get_idx(clients, i);
        const char *id = json_object_get_string(json_object_object_get(client, "id"));

        if (id)
            list->entries[list->n++] =
                (struct live_entry){.object = client, .name = live_view_name(a, client), .key = id};
    }
    live_list_arrange(list);
    return 0;
}

/* The group, who is in it, and what holds for all.
 * @param now set to the group, borrowed from the request's arena; NULL: nobody is there */
static int add_members(struct request *req, struct app *app, struct json_object *page,
                       struct live_list *list, struct json_object **now)
{
    struct json_object *rows = page_list(page, "rows");
    struct json_object *groups =
        arena_json(req->arena, group_view_live(req, app, page, live_view_max_age(page)));
    int64_t people;

    *now = live_sample_group(groups, request_capture(req, "group"));
    people = json_object_get_int64(json_object_object_get(*now, "members"));
    if (fill(req->arena, json_object_object_get(*now, "clients"), list) < 0)
        return ERR_NO_MEMORY;
    for (size_t i = list->first; i < list->end; i++)
        live_view_person(req->arena, page_row(rows), list->entries[i].object);
    live_list_add_pages(req->arena, page, list);
    page_flag(page, "has_rows", list->n > 0);
    page_flag(page, "is_empty", groups && list->n == 0);
    page_flag(page, "is_there", *now);
    page_time(page, "since", *now ? live_view_time(*now, "since") : 0);
    add_lock(req->arena, page, *now);
    add_recording(req->arena, page, *now);
    page_text(page, "summary", say_count(req->arena, "{n} people", "{n} person", (uint64_t)people));
    return 0;
}

/* @return false: `res` is complete */
static bool read_list(struct request *req, struct response *res, struct app *app,
                      struct live_list *list)
{
    struct error e = {0};

    *list = (struct live_list){
        .path = page_group_path(req->arena, request_capture(req, "group"), ".live"),
        .columns = columns,
        .n_columns = LENGTH(columns)};
    if (list->path && live_list_read(list, req, BY_NEED, &e) == 0)
        return true;
    page_error(req, res, app, list->path ? 400 : 503, &e);
    return false;
}

/* ---- the page and its twin ---- */

void page_live(struct request *req, struct response *res, struct app *app)
{
    struct group_record group;
    struct json_object *page, *now;
    struct live_list list;

    if (!read_list(req, res, app, &list) || !group_view_load_live(req, res, app, &group))
        return;
    page = group_view_page(req, res, app, &group, "live", "Live");
    if (add_members(req, app, page, &list, &now) < 0) {
        page_error(req, res, app, 503, &(struct error){0});
        return;
    }
    live_list_add_heads(req->arena, page, &list);
    live_view_person_pattern(page);
    page_flag(page, "is_by_need", list.column == columns);
    page_text(page, "by_need", list.path);
    page_flag(page, "has_page", !group.is_inherited);
    dashboard_add_group_charts(req, app, page, group.file.name, true);
    page_flag(page, "may_be_recorded", group.desc && group.desc->allow_recording);
    page_send(res, app, 200, "live", page);
}

void page_live_json(struct request *req, struct response *res, struct app *app)
{
    struct json_object *json, *now;
    struct live_list list;

    if (!read_list(req, res, app, &list))
        return;
    json = json_object_new_object();
    if (add_members(req, app, json, &list, &now) < 0) {
        json_object_put(json);
        json = NULL;
    }
    live_view_send(req, res, json);
}
