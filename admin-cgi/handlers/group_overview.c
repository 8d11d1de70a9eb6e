#include "admin-cgi/handlers/group_overview.h"

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/qr_view.h"
#include "admin-cgi/handlers/recording_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/recordings/recording_folder.h"
#include "admin-cgi/say.h"
#include "admin-cgi/store/store_version.h"

#define CHANGES_SHOWN 5

static void add_changes(struct request *req, struct app *app, struct json_object *page,
                        const struct group_record *group)
{
    struct json_object *list = page_list(page, "last_changes");
    struct version *versions = NULL;
    size_t n = 0;

    if (store_version_list(app->db, req->arena, group->file.id, 0, CHANGES_SHOWN, &versions, &n,
                           NULL) < 0)
        return;
    for (size_t i = 0; i < n; i++) {
        struct json_object *row = page_row(list);

        page_number(row, "seq", versions[i].seq);
        page_time(row, "when", versions[i].at_us);
        page_text(row, "by", versions[i].actor_name);
        page_text(row, "through", versions[i].actor_kind);
    }
    page_flag(page, "has_changes", n > 0);
}

static void add_recordings(struct request *req, struct app *app, struct json_object *page,
                           const char *group)
{
    int64_t bytes = 0;
    size_t n = 0;

    if (principal_may(&req->who, group, CAP_RECORD) &&
        recording_folder_sum(app->paths.recordings, group, req->arena, &n, &bytes) == 0 && n) {
        page_text(
            page, "recordings",
            say_fill(req->arena,
                     say_count(req->arena, "{n} recordings, {size}", "{n} recording, {size}", n),
                     "size", recording_view_size(req->arena, bytes), NULL));
        page_text(page, "recordings_path",
                  arena_printf(req->arena, "/admin/recordings?group=%s",
                               page_encode(req->arena, group, false)));
    }
}

void group_overview_add(struct request *req, struct app *app, struct json_object *page,
                        const struct group_record *group)
{
    const char *link = group_view_link(req, app, group->file.name);

    page_text(page, "link", link);
    qr_view_add(page, link);
    add_changes(req, app, page, group);
    add_recordings(req, app, page, group->file.name);
}

void page_group_poster(struct request *req, struct response *res, struct app *app)
{
    struct group_record group;
    struct json_object *page;
    const char *link;

    if (!group_view_load(req, res, app, &group))
        return;
    page = group_view_page(req, res, app, &group, "overview", "Poster");
    link = group_view_link(req, app, group.file.name);
    page_flag(page, "is_group", true);
    page_text(page, "link", link);
    page_text(page, "description", group.desc->description);
    qr_view_add(page, link);
    page_send(res, app, 200, "poster", page);
}
