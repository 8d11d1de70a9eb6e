#include "admin-cgi/handlers/settings_view.h"

#include <string.h>

#include "admin-cgi/page.h"
#include "common/macros.h"

static const struct {
    const char *label, *path;
} tabs[] = {
    {"Appearance", "/admin/settings"},
};

struct json_object *settings_page(struct request *req, struct response *res, struct app *app,
                                  const char *title, const char *path)
{
    struct json_object *page = page_new(req, res, app, title, "settings");
    struct json_object *list = page_list(page, "tabs");

    for (size_t i = 0; i < LENGTH(tabs); i++) {
        struct json_object *row = page_row(list);

        page_text(row, "label", tabs[i].label);
        page_text(row, "path", tabs[i].path);
        page_flag(row, "current", strcmp(tabs[i].path, path) == 0);
    }
    return page;
}
