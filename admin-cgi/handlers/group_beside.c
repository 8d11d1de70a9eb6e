#include "admin-cgi/handlers/group_beside.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/recording_view.h"
#include "admin-cgi/live_sample.h"
#include "admin-cgi/page.h"
#include "admin-cgi/recordings/recording_folder.h"
#include "admin-cgi/recordings/recording_space.h"
#include "admin-cgi/say.h"
#include "common/group_name.h"
#include "common/now.h"

#define SUBGROUPS_MAX 20 /* that are named */

void group_beside_subgroups(struct request *req, struct json_object *to,
                            const struct group_record *group, struct json_object *live)
{
    struct json_object *list = page_list(to, "beside_links");
    size_t n_live = live ? json_object_array_length(live) : 0, n = 0;
    const struct span above = span_str(group->file.name);

    for (size_t i = 0; i < n_live; i++) {
        struct json_object *one = json_object_array_get_idx(live, i), *row;
        const char *name = json_object_get_string(json_object_object_get(one, "name"));
        int64_t people = json_object_get_int64(json_object_object_get(one, "members"));

        if (!name || people == 0 || !group_name_is_below(span_str(name), above) ||
            !principal_may(&req->who, name, CAP_VIEW) || ++n > SUBGROUPS_MAX)
            continue;
        row = page_row(list);
        page_text(row, "path", page_group_path(req->arena, name, ".live"));
        page_text(row, "text",
                  arena_printf(req->arena, "%s (%lld)", name + above.len + 1, (long long)people));
    }
    if (n > 0)
        page_text(to, "beside",
                  say_count(req->arena, "People are in {n} subgroups now:",
                            "People are in {n} subgroup now:", n));
    else if (live && group->desc->auto_subgroups)
        page_text(to, "beside", say(req->arena, "Nobody is in a subgroup now."));
}

/* Server administrators also see what the disk has. */
static void add_room(struct request *req, struct app *app, struct json_object *to,
                     const struct group_record *group)
{
    struct arena *a = req->arena;
    struct recording_space space;
    const char *used, *text;
    int64_t bytes = 0;
    size_t n = 0;

    if (recording_folder_sum(app->paths.recordings, group->file.name, a, &n, &bytes) < 0)
        return;
    recording_space_read(&space, app->paths.recordings, app->paths.data);
    used = recording_view_size(a, bytes);
    if (space.per_group >= 0)
        text = say_with(a, "Its recordings take {used} of the {size} allowed for a group.", "used",
                        used, "size", recording_view_size(a, space.per_group), NULL);
    else
        text = say_with(a, "Its recordings take {used}; there is no limit for a group.", "used",
                        used, NULL);
    if (req->who.is_server_admin && space.free >= 0)
        text = arena_printf(a, "%s %s", text,
                            say_with(a, "{free} are free on the disk.", "free",
                                     recording_view_size(a, space.free), NULL));
    page_text(to, "beside", text);
}

static void add_to_field(struct request *req, struct app *app, struct json_object *row,
                         const struct group_record *group, struct json_object *live)
{
    const char *name = json_object_get_string(json_object_object_get(row, "name"));

    if (name && strcmp(name, "auto-subgroups") == 0)
        group_beside_subgroups(req, row, group, live);
    else if (name && strcmp(name, "allow-recording") == 0)
        add_room(req, app, row, group);
}

void group_beside_form(struct request *req, struct app *app, struct json_object *page,
                       const struct group_record *group)
{
    const struct live_sample sample = live_sample_get(app->live, US_PER_S);
    struct json_object *live =
        sample.is_old ? NULL : arena_json(req->arena, json_object_get(sample.groups));
    struct json_object *sections = json_object_object_get(page, "sections");

    for (size_t i = 0; sections && i < json_object_array_length(sections); i++) {
        struct json_object *fields =
            json_object_object_get(json_object_array_get_idx(sections, i), "fields");

        for (size_t j = 0; fields && j < json_object_array_length(fields); j++)
            add_to_field(req, app, json_object_array_get_idx(fields, j), group, live);
    }
}
