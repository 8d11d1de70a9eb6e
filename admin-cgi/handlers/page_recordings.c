#include "admin-cgi/handlers/page_recordings.h"

#include <string.h>
#include <unistd.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/page_recording.h"
#include "admin-cgi/handlers/recording_change.h"
#include "admin-cgi/handlers/recording_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/recordings/recording_shelf.h"
#include "admin-cgi/recordings/recording_space.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_form.h"
#include "common/macros.h"

#define ROWS_PER_PAGE 50
#define DELETED_MAX 200
#define PAGE_MAX 1000000

/** The query as it came; "" when absent. */
struct filter {
    const char *group, *person, *page;
};

static int read_filter(struct request *req, struct filter *f, uint64_t *page, struct error *e)
{
    const struct request_field fields[] = {
        {"group", &f->group}, {"person", &f->person}, {"page", &f->page}};
    int r = request_queries(req, fields, LENGTH(fields), e);

    *page = 0;
    if (r == 0 && f->page[0] && (!span_u64(span_str(f->page), page) || *page > PAGE_MAX))
        r = error_set(e, ERR_INVALID, "page", "there is no such page");
    return r;
}

/* The same list, at another place. */
static const char *link_to(struct arena *a, const struct filter *f, uint64_t page)
{
    return arena_printf(a, "/admin/recordings?group=%s&person=%s&page=%llu",
                        page_encode(a, f->group, false), page_encode(a, f->person, false),
                        (unsigned long long)page);
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

static void add_size(struct arena *a, struct json_object *page, const char *name, int64_t bytes)
{
    if (bytes >= 0)
        page_text(page, name, recording_view_size(a, bytes));
}

/* What all of it takes, and what there is. */
static void add_space(struct request *req, struct app *app, struct json_object *page,
                      const struct shelf *shelf)
{
    struct recording_space space;
    int64_t used = 0, in_trash = 0;

    for (size_t i = 0; i < shelf->n_groups; i++) {
        used += shelf->groups[i].bytes;
        in_trash += shelf->groups[i].trash_bytes;
    }
    add_size(req->arena, page, "used", used);
    add_size(req->arena, page, "in_trash", in_trash);
    if (!req->who.is_server_admin)
        return;
    recording_space_read(&space, app->paths.recordings, app->paths.data);
    add_size(req->arena, page, "free", space.free);
    add_size(req->arena, page, "disk", space.disk);
    add_size(req->arena, page, "free_floor", space.floor);
    add_size(req->arena, page, "group_quota", space.per_group);
    add_size(req->arena, page, "total_quota", space.in_all);
}

static void add_rows(struct request *req, struct app *app, struct json_object *page,
                     const struct shelf *shelf, uint64_t number)
{
    struct json_object *list = page_list(page, "recordings");
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
    page_recording_add_ways(req, app, list);
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

        r = recording_shelf_read(&shelf, req->arena, app->paths.recordings, &query);
    }
    if (r < 0) {
        page_error(req, res, app, r == ERR_INVALID ? 400 : err_http_status(r), &e);
        return;
    }
    page = page_new(req, res, app, "Recordings", "recordings");
    page_flag(page, "with_group", true);
    page_text(page, "person_filter", f.person);
    page_flag(page, "is_filtered", f.group[0] || f.person[0]);
    add_groups(req, page, &shelf, &f);
    add_space(req, app, page, &shelf);
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

void page_recordings_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"q", "group", "filename", NULL};
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
    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, here))
        return;
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
