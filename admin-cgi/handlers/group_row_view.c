#include "admin-cgi/handlers/group_row_view.h"

#include "admin-cgi/live_sample.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"

const char *group_row_access(enum access_kind kind)
{
    static const char *const labels[] = {
        [ACCESS_KIND_NONE] = TEXT("Nobody by password"),
        [ACCESS_KIND_USERS] = TEXT("Password per user"),
        [ACCESS_KIND_SHARED] = TEXT("One password"),
        [ACCESS_KIND_OPEN] = TEXT("Open to all"),
        [ACCESS_KIND_EXTERNAL] = TEXT("External sign-in"),
        [ACCESS_KIND_REDIRECT] = TEXT("Redirect"),
    };

    return labels[kind];
}

static void add_state(struct request *req, struct json_object *row, const struct group_row *group)
{
    page_flag(row, "is_public", group->is_public);
    page_flag(row, "is_broken", group->status == FILE_BROKEN);
    page_flag(row, "is_readonly", group->status == FILE_READONLY);
    page_flag(row, "is_weak", group->has_weak_password);
    page_flag(row, "auto_subgroups", group->auto_subgroups);
    page_flag(row, "not_yet", group->not_before_us > req->now_us);
    page_flag(row, "expired", group->expires_us && group->expires_us <= req->now_us);
}

void group_row_add(struct request *req, struct json_object *row, const struct group_row *group,
                   struct json_object *live)
{
    struct json_object *now = live_sample_group(live, group->name);
    int64_t people = json_object_get_int64(json_object_object_get(now, "members"));

    page_text(row, "name", group->name);
    page_text(row, "display_name", group->display_name);
    page_text(row, "path", page_group_path(req->arena, group->name, ""));
    page_text(row, "access",
              group->changed_us ? say(req->arena, group_row_access(group->access)) : "–");
    page_flag(row, "is_open", group->access == ACCESS_KIND_OPEN);
    page_number(row, "people", people);
    page_flag(row, "has_people", people > 0);
    page_flag(row, "locked", json_object_get_boolean(json_object_object_get(now, "locked")));
    page_time(row, "when", group->changed_us);
    page_text(row, "by", group->changed_by);
    page_text(row, "through", say(req->arena, group->changed_kind));
    add_state(req, row, group);
}
