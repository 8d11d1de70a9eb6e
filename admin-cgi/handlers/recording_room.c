#include "admin-cgi/handlers/recording_room.h"

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/recording_view.h"
#include "admin-cgi/local_format.h"
#include "admin-cgi/page.h"
#include "admin-cgi/recordings/recording_space.h"
#include "admin-cgi/say.h"

#define WARN_PERCENT 80

static void add_size(struct arena *a, struct json_object *page, const char *name, int64_t bytes)
{
    if (bytes >= 0)
        page_text(page, name, recording_view_size(a, bytes));
}

/* 0: there is no limit */
static int64_t percent_of(int64_t used, int64_t limit)
{
    return limit > 0 ? (int64_t)((double)used * 100 / (double)limit) : 0;
}

static void warn(struct arena *a, struct json_object *list, const char *group, int64_t percent,
                 int64_t limit)
{
    const char *number = local_percent(a, (double)percent, 0);
    const char *size = recording_view_size(a, limit);

    if (percent < WARN_PERCENT)
        return;
    page_text(page_row(list), "text",
              group ? say_with(a, "{group} has used up {used} of the {size} allowed for a group.",
                               "group", group, "used", number, "size", size, NULL)
                    : say_with(a, "{used} of the {size} allowed for all recordings are used up.",
                               "used", number, "size", size, NULL));
}

void recording_room_add(struct request *req, struct app *app, struct json_object *page,
                        const struct shelf *shelf)
{
    struct json_object *warnings = page_list(page, "warnings");
    struct arena *a = req->arena;
    struct recording_space space;
    int64_t used = 0, in_trash = 0;

    recording_space_read(&space, app->paths.recordings, app->paths.data);
    for (size_t i = 0; i < shelf->n_groups; i++) {
        const struct shelf_group *g = &shelf->groups[i];

        used += g->bytes;
        in_trash += g->trash_bytes;
        warn(a, warnings, g->name, percent_of(g->bytes, space.per_group), space.per_group);
    }
    add_size(a, page, "used", used);
    add_size(a, page, "in_trash", in_trash);
    if (!req->who.is_server_admin)
        return;
    warn(a, warnings, NULL, percent_of(used, space.in_all), space.in_all);
    add_size(a, page, "free", space.free);
    add_size(a, page, "disk", space.disk);
    add_size(a, page, "free_floor", space.floor);
    add_size(a, page, "group_quota", space.per_group);
    add_size(a, page, "total_quota", space.in_all);
}
