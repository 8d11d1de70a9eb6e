#include "admin-cgi/handlers/settings_view.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/store/store_server_file.h"
#include "common/macros.h"

static const struct {
    const char *label, *path;
} tabs[] = {
    {TEXT("Appearance"), "/admin/settings"},
    {TEXT("Sessions"), "/admin/settings/sessions"},
    {TEXT("Limits"), "/admin/settings/limits"},
    {TEXT("What is kept"), "/admin/settings/keeping"},
    {TEXT("Meetings"), "/admin/settings/meetings"},
    {TEXT("Addresses"), "/admin/settings/addresses"},
    {TEXT("STUN and TURN"), "/admin/settings/ice"},
    {TEXT("Network test"), "/admin/network"},
    {TEXT("Changes"), "/admin/settings/history"},
};

struct json_object *settings_page(struct request *req, struct response *res, struct app *app,
                                  const char *title, const char *path)
{
    struct json_object *page = page_new(req, res, app, title, "settings");
    struct json_object *list = page_list(page, "tabs");

    for (size_t i = 0; i < LENGTH(tabs); i++) {
        struct json_object *row = page_row(list);

        page_text(row, "label", say(req->arena, tabs[i].label));
        page_text(row, "path", tabs[i].path);
        page_flag(row, "current", strcmp(tabs[i].path, path) == 0);
    }
    return page;
}

void settings_add_file(struct json_object *page, const struct file_state *file, const char *name)
{
    const char *obstacle = store_server_file_obstacle(file);

    page_text(page, "file", name);
    page_text(page, "seen", file_exists(file) ? file->etag : "");
    page_flag(page, "is_blocked", obstacle);
    page_text(page, "obstacle", say_reported(page_arena(page), obstacle));
    page_flag(page, "has_line", file->problem_line > 0);
    page_number(page, "problem_line", file->problem_line);
    page_number(page, "problem_column", file->problem_column);
}

int settings_file_unsaved(struct form_view *v, int code, const struct error *e)
{
    if (code == ERR_PRECONDITION || code == ERR_WRONG_STATE) {
        form_view_problem(
            v, "main",
            "The file was changed meanwhile, by somebody else or by hand, and nothing "
            "was saved. What you wrote is still below; save again to put it in "
            "place of theirs.");
        return 409;
    }
    if (code == ERR_INVALID || code == ERR_SYNTAX || code == ERR_TOO_LARGE) {
        form_view_problem(v, "main", "%s.", say_error(page_arena(v->page), e));
        return 422;
    }
    return form_view_unsaved(v, code, e);
}

int settings_save(struct request *req, struct response *res, struct app *app, struct form_view *v,
                  const struct settings_save *save)
{
    const struct server_file_change change = {.kind = save->kind,
                                              .seen = form_text(save->form, "seen"),
                                              .actor = save->actor,
                                              .edit = save->edit,
                                              .arg = save->arg};
    struct file_result result = {0};
    struct error e = {0};
    int r = store_server_file_change(app->db, &change, &result, &e), status;

    if (form_came_second(req, res, app, save->actor, r))
        return 0;
    if (r == 0 && result.changed && save->saved) {
        save->saved(req, res, app, save->arg);
        return 0;
    }
    if (r == 0) {
        page_done(req, res, app, save->path,
                  result.changed ? save->done : TEXT("Nothing was changed."), NULL);
        return 0;
    }
    status = settings_file_unsaved(v, r, &e);
    if (!status)
        group_view_failed(req, res, app, r, &e);
    return status;
}
