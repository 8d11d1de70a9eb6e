#include "admin-cgi/handlers/page_live_groups.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/live_list.h"
#include "admin-cgi/handlers/page_drain.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "common/macros.h"

static int64_t people(const struct live_entry *e)
{
    return e->sums.people;
}
static int64_t operators(const struct live_entry *e)
{
    return e->sums.operators;
}
static int64_t streams(const struct live_entry *e)
{
    return e->sums.streams;
}
static int64_t bitrate(const struct live_entry *e)
{
    return e->sums.bps;
}
static int64_t locked(const struct live_entry *e)
{
    return e->sums.is_locked;
}
static int64_t recording(const struct live_entry *e)
{
    return e->sums.is_recorded;
}
static int64_t since(const struct live_entry *e)
{
    return e->sums.since_us;
}

static const struct live_column columns[] = {
    {"name", TEXT("Meeting"), NULL, false},
    {"people", TEXT("People"), people, true},
    {"operators", TEXT("Operators"), operators, true},
    {"streams", TEXT("Streams"), streams, true},
    {"bitrate", TEXT("Bitrate"), bitrate, true},
    {"locked", TEXT("Locked"), locked, false},
    {"recording", TEXT("Recording"), recording, false},
    {"since", TEXT("Since"), since, false},
};

static bool shows_all(const struct live_sums *s)
{
    (void)s;
    return true;
}
static bool shows_no_operator(const struct live_sums *s)
{
    return s->operators == 0;
}
static bool shows_recording(const struct live_sums *s)
{
    return s->is_recorded;
}
static bool shows_poor(const struct live_sums *s)
{
    return s->is_poor;
}

static const struct filter {
    const char *word;
    const char *label;
    bool (*shows)(const struct live_sums *s);
} filters[] = {
    {"", TEXT("All"), shows_all},
    {"no-operator", TEXT("No operator"), shows_no_operator},
    {"recording", TEXT("Recording"), shows_recording},
    {"poor", TEXT("Poor quality"), shows_poor},
};

struct meetings {
    struct live_list list;
    const struct filter *filter;
    size_t n_all; /* before the filter */
    int64_t n_people;
};

static const char *show_query(struct arena *a, const struct filter *filter)
{
    return *filter->word ? arena_printf(a, "&show=%s", filter->word) : "";
}

static int read_query(struct request *req, struct meetings *m, struct error *e)
{
    const char *show = NULL;
    int r = live_list_read(&m->list, req, "-people", e);

    if (r == 0)
        r = request_query(req, "show", &show, e);
    if (r < 0)
        return r;
    for (size_t i = 0; i < LENGTH(filters); i++) {
        if (strcmp(filters[i].word, show ? show : "") == 0)
            m->filter = &filters[i];
    }
    if (!m->filter)
        return error_set(e, ERR_INVALID, "show", "there is no such filter");
    m->list.query = show_query(req->arena, m->filter);
    return 0;
}

/* Where somebody is, and this person may look. */
static int fill(struct request *req, struct json_object *groups, struct meetings *m)
{
    size_t n = groups ? json_object_array_length(groups) : 0;

    m->list.entries = arena_array(req->arena, n ? n : 1, sizeof *m->list.entries);
    if (!m->list.entries)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < n; i++) {
        struct json_object *group = json_object_array_get_idx(groups, i);
        const char *name = json_object_get_string(json_object_object_get(group, "name"));
        struct live_entry entry = {.object = group, .name = name, .key = name};

        if (!name || !principal_may(&req->who, name, CAP_VIEW))
            continue;
        entry.sums = live_sums_of(group);
        if (entry.sums.people == 0)
            continue;
        m->n_all++;
        m->n_people += entry.sums.people;
        if (m->filter->shows(&entry.sums))
            m->list.entries[m->list.n++] = entry;
    }
    live_list_arrange(&m->list);
    return 0;
}

static void add_filters(struct arena *a, struct json_object *page, const struct meetings *m)
{
    struct json_object *rows = page_list(page, "filters");

    for (size_t i = 0; i < LENGTH(filters); i++) {
        struct json_object *row = page_row(rows);

        page_text(row, "label", say(a, filters[i].label));
        page_flag(row, "current", &filters[i] == m->filter);
        page_text(row, "link", live_list_link(a, &m->list, show_query(a, &filters[i])));
    }
}

/* What the page and its twin have in common. @return false: `res` is complete */
static bool add_list(struct request *req, struct response *res, struct app *app,
                     struct json_object *page, struct meetings *m)
{
    struct json_object *rows = page_list(page, "rows");
    const struct live_list *list = &m->list;
    struct json_object *groups;
    struct error e = {0};
    int r = read_query(req, m, &e);

    if (r < 0) {
        page_error(req, res, app, r == ERR_INVALID || r == ERR_SYNTAX ? 400 : err_http_status(r),
                   &e);
        return false;
    }
    groups = arena_json(req->arena, group_view_live(req, app, page, live_view_max_age(page)));
    if (fill(req, groups, m) < 0) {
        page_error(req, res, app, 503, &e);
        return false;
    }
    for (size_t i = list->first; i < list->end; i++)
        live_view_group(req->arena, rows, &list->entries[i]);
    live_list_add_pages(req->arena, page, list);
    page_flag(page, "has_rows", list->n > 0);
    page_flag(page, "is_empty", groups && m->n_all == 0);
    page_flag(page, "is_hidden", list->n == 0 && m->n_all > 0);
    page_flag(page, "has_meetings", m->n_all > 0);
    page_text(page, "summary",
              say_with(req->arena, "{people} in {meetings}", "people",
                       say_count(req->arena, "{n} people", "{n} person", (uint64_t)m->n_people),
                       "meetings", say_count(req->arena, "{n} meetings", "{n} meeting", m->n_all),
                       NULL));
    return true;
}

static struct meetings meetings_new(void)
{
    return (struct meetings){
        .list = {
            .path = "/admin/live", .query = "", .columns = columns, .n_columns = LENGTH(columns)}};
}

void page_live_groups(struct request *req, struct response *res, struct app *app)
{
    struct json_object *page = page_new(req, res, app, "Live", "live");
    struct meetings meetings = meetings_new();

    if (!add_list(req, res, app, page, &meetings))
        return;
    live_list_add_heads(req->arena, page, &meetings.list);
    add_filters(req->arena, page, &meetings);
    live_view_group_pattern(page);
    page_flag(page, "may_tell_all", req->who.is_server_admin);
    drain_view_add(page, app);
    page_send(res, app, 200, "live_groups", page);
}

void page_live_groups_json(struct request *req, struct response *res, struct app *app)
{
    struct json_object *json = json_object_new_object();
    struct meetings meetings = meetings_new();

    if (!add_list(req, res, app, json, &meetings))
        json_object_put(json);
    else
        live_view_send(req, res, json);
}
