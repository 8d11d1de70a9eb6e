#include "admin-cgi/handlers/page_recordings.h"

#include <string.h>
#include <unistd.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/page_recording.h"
#include "admin-cgi/handlers/recording_change.h"
#include "admin-cgi/handlers/recording_room.h"
#include "admin-cgi/handlers/recording_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/recordings/recording_kept.h"
#include "admin-cgi/recordings/recording_shelf.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/site/site_value.h"
#include "admin-cgi/store/store_form.h"
#include "common/macros.h"
#include "common/now.h"

#define ROWS_PER_PAGE 50
#define DELETED_MAX 200
#define PAGE_MAX 1000000
#define DAYS_MAX 36500

/** The query as it came; "" when absent. */
struct filter {
    const char *group, *person, *days, *page;
    uint64_t older_days; /* only those that are older; 0: all */
};

static int read_filter(struct request *req, struct filter *f, uint64_t *page, struct error *e)
{
    const struct request_field fields[] = {
        {"group", &f->group}, {"person", &f->person}, {"days", &f->days}, {"page", &f->page}};
    int r = request_queries(req, fields, LENGTH(fields), e);

    *page = 0;
    if (r == 0 && f->page[0] && (!span_u64(span_str(f->page), page) || *page > PAGE_MAX))
        r = error_set(e, ERR_INVALID, "page", "there is no such page");
    f->older_days = 0;
    if (r == 0 && f->days[0] &&
        (!span_u64(span_str(f->days), &f->older_days) || f->older_days > DAYS_MAX))
        r = error_set(e, ERR_INVALID, "days", "this is no number of days");
    return r;
}

/* The same list, at another place. */
static const char *link_to(struct arena *a, const struct filter *f, uint64_t page)
{
    const char *days = f->days[0] ? arena_printf(a, "&days=%s", f->days) : "";

    return arena_printf(a, "/admin/recordings?group=%s&person=%s%s&page=%llu",
                        page_encode(a, f->group, false), page_encode(a, f->person, false),
                        days ? days : "", (unsigned long long)page);
}

static void add_groups(struct request *req, struct json_object *page, const struct shelf *shelf,
                       const struct filter *f)
{
    struct json_object *list = page_list(page, "groups");
    bool is_there = !f->group[0];

    for (size_t i = 0; i < shelf->n_groups; i++) {
        const struct shelf_group *g = &shelf->groups[i];

        is_there = is_there || strcmp(g->name, f->group) == 0;
        form_option(list, g->name,
                    arena_printf(req->arena, "%s (%zu, %s)", g->name, g->n,
                                 recording_view_size(req->arena, g->bytes)),
                    NULL, f->group);
    }
    if (!is_there)
        form_option(list, f->group, say_with(req->arena, "{group} (none)", "group", f->group, NULL),
                    NULL, f->group);
}

/* What will go by itself, and where one sees which. */
static void add_kept(struct request *req, struct app *app, struct json_object *page,
                     const struct filter *f)
{
    int64_t days = f->group[0] ? recording_kept_days(app->db, f->group, req->now_us)
                               : site_number(app->db, SITE_KEEP_RECORDINGS);

    page_text(page, "kept", recording_view_kept(req->arena, days));
    if (days > 0 && f->older_days != (uint64_t)days)
        page_text(page, "kept_path",
                  arena_printf(req->arena, "/admin/recordings?days=%lld%s%s", (long long)days,
                               f->group[0] ? "&group=" : "",
                               page_encode(req->arena, f->group, false)));
}

/* Groups that keep theirs for another time than the server. */
static void add_kept_of_groups(struct request *req, struct app *app, struct json_object *page,
                               const struct shelf *shelf, const struct filter *f)
{
    struct json_object *list = page_list(page, "kept_otherwise");
    int64_t usual = site_number(app->db, SITE_KEEP_RECORDINGS);

    for (size_t i = 0; i < shelf->n_groups && !f->group[0]; i++) {
        const char *group = shelf->groups[i].name;
        int64_t days = recording_kept_days(app->db, group, req->now_us);
        struct json_object *row = days != usual ? page_row(list) : NULL;

        page_text(row, "group", group);
        page_text(row, "path",
                  arena_printf(req->arena, "/admin/recordings?group=%s",
                               page_encode(req->arena, group, false)));
        page_text(row, "kept",
                  days ? say_count(req->arena, "{n} days", "{n} day", (uint64_t)days)
                       : say(req->arena, "for ever"));
    }
    page_flag(page, "has_kept_otherwise", list && json_object_array_length(list) > 0);
}

static void add_rows(struct request *req, struct app *app, struct json_object *page,
                     const struct shelf *shelf, uint64_t number)
{
    struct json_object *list = page_list(page, "recordings");
    struct open_links links = page_recording_open_links(req, app);
    size_t from = (size_t)number * ROWS_PER_PAGE;

    for (size_t i = from; i < shelf->n_entries && i < from + ROWS_PER_PAGE; i++) {
        const struct shelf_entry *entry = &shelf->entries[i];
        int folder = recording_folder_open(app->paths.recordings, entry->group);
        struct recording_facts facts;

        if (folder < 0)
            continue;
        recording_facts_of(&facts, req->arena, folder, entry->group, &entry->file, req->now_us);
        close(folder);
        recording_view_row(req->arena, page_row(list), &facts);
    }
    page_recording_add_ways(req->arena, &links, list);
}

static void add_deleted(struct request *req, struct json_object *page, const struct shelf *shelf)
{
    struct json_object *list = page_list(page, "deleted");

    for (size_t i = 0; i < shelf->n_deleted && i < DELETED_MAX; i++)
        recording_view_deleted_row(req->arena, page_row(list), &shelf->deleted[i].file,
                                   shelf->deleted[i].group);
    page_number(page, "n_deleted", (int64_t)shelf->n_deleted);
    page_flag(page, "has_deleted", shelf->n_deleted > 0);
}

static void add_places(struct request *req, struct json_object *page, const struct shelf *shelf,
                       const struct filter *f, uint64_t number)
{
    if (number > 0)
        page_text(page, "newer", link_to(req->arena, f, number - 1));
    if (shelf->n_entries > ((size_t)number + 1) * ROWS_PER_PAGE)
        page_text(page, "older", link_to(req->arena, f, number + 1));
    page_text(page, "change_path", link_to(req->arena, f, number));
}

void page_recordings(struct request *req, struct response *res, struct app *app)
{
    struct filter f = {0};
    struct shelf shelf;
    struct json_object *page;
    struct error e = {0};
    uint64_t number;
    int r = read_filter(req, &f, &number, &e);

    if (r == 0) {
        struct shelf_query query = {.who = &req->who, .group = f.group, .person = f.person};

        if (f.older_days)
            query.before_us = req->now_us - (int64_t)f.older_days * US_PER_DAY;

        r = recording_shelf_read(&shelf, req->arena, app->paths.recordings, &query);
    }
    if (r < 0) {
        page_error(req, res, app, r == ERR_INVALID ? 400 : err_http_status(r), &e);
        return;
    }
    page = page_new(req, res, app, "Recordings", "recordings");
    page_flag(page, "with_group", true);
    page_text(page, "meetings_path",
              f.group[0] && shelf.n_entries ? page_recordings_path(req->arena, f.group) : NULL);
    page_text(page, "person_filter", f.person);
    page_text(page, "days_filter", f.days);
    page_flag(page, "is_filtered", f.group[0] || f.person[0] || f.older_days);
    add_groups(req, page, &shelf, &f);
    recording_room_add(req, app, page, &shelf);
    add_kept(req, app, page, &f);
    add_kept_of_groups(req, app, page, &shelf, &f);
    add_rows(req, app, page, &shelf, number);
    add_deleted(req, page, &shelf);
    add_places(req, page, &shelf, &f, number);
    page_text(page, "total",
              say_count(req->arena, "{n} recordings", "{n} recording", shelf.n_entries));
    page_text(page, "total_text", recording_view_size(req->arena, shelf.bytes));
    page_flag(page, "has_recordings", shelf.n_entries > 0);
    page_send(res, app, 200, "all_recordings", page);
}

/* The group is the form's: the guard has only seen that the person may record somewhere. */
static int check_group(struct request *req, const char *group, struct error *e)
{
    if (principal_may(&req->who, group, CAP_RECORD))
        return 0;
    return error_set(e, ERR_FORBIDDEN, NULL, "this needs the right \"record\" in that group");
}

/* "GROUP/NAME" of a tick. @return false: no memory, or no slash */
static bool split_pick(struct arena *a, const char *pick, const char **group, const char **name)
{
    const char *slash = strrchr(pick, '/');

    if (!slash)
        return false;
    *group = arena_dup(a, span_of(pick, (size_t)(slash - pick)));
    *name = slash + 1;
    return *group != NULL;
}

/* All that is ticked goes; what cannot is counted, and the first reason is said. */
static void delete_many(struct request *req, struct response *res, struct app *app,
                        const struct form *form, const char *here)
{
    const struct recording_change *change = recording_change_find("delete");
    const char *group = NULL, *name = "", *text;
    struct error first = {0};
    uint64_t n_done = 0, n_left = 0;

    for (size_t i = 0; form_at(form, "pick", i); i++) {
        struct error e = {0};
        int r = split_pick(req->arena, form_at(form, "pick", i), &group, &name)
                    ? check_group(req, group, &e)
                    : error_set(&e, ERR_INVALID, "pick", "this is no recording");

        if (r == 0)
            r = recording_change_do(req, app, change, group, name, &e);
        n_done += r == 0;
        if (r < 0 && n_left++ == 0)
            first = e;
    }
    text = n_done + n_left == 0 ? say(req->arena, "Tick the recordings that are to be deleted.")
                                : say_count(req->arena, "{n} recordings are in the trash.",
                                            "{n} recording is in the trash.", n_done);
    if (n_left && text)
        text = arena_printf(req->arena, "%s %s", text,
                            say_with(req->arena, "Not deleted: {number}. {reason}.", "number",
                                     arena_printf(req->arena, "%llu", (unsigned long long)n_left),
                                     "reason", say_reported(req->arena, first.text), NULL));
    page_done(req, res, app, here, text, NULL);
}

void page_recordings_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"q", "group", "filename", NULL};
    static const char *const repeated[] = {"pick", NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    const struct recording_change *change;
    struct filter f = {0};
    struct form form;
    struct error e = {0};
    uint64_t number;
    const char *here;
    int r = read_filter(req, &f, &number, &e);

    if (r < 0) {
        page_error(req, res, app, 400, &e);
        return;
    }
    here = link_to(req->arena, &f, number);
    if (form_of_request(req, res, app, &form, fields, repeated) < 0 ||
        form_was_used(req, res, app, &form, &actor, here))
        return;
    if (strcmp(form_text(&form, "q"), "delete-many") == 0) {
        delete_many(req, res, app, &form, here);
        return;
    }
    change = recording_change_find(form_text(&form, "q"));
    r = change ? check_group(req, form_text(&form, "group"), &e)
               : error_set(&e, ERR_INVALID, "q", "there is no such action");
    if (r == 0)
        r = recording_change_do(req, app, change, form_text(&form, "group"),
                                form_text(&form, "filename"), &e);
    if (r < 0)
        group_view_failed(req, res, app, r, &e);
    else
        page_done(req, res, app, here, change->done, NULL);
}
