#include "admin-cgi/handlers/page_manual.h"

#include <string.h>

#include "admin-cgi/manual.h"
#include "admin-cgi/page.h"
#include "admin-cgi/session.h"
#include "admin-cgi/words.h"

void page_manual(struct request *req, struct response *res, struct app *app)
{
    const char *file = request_capture(req, "manual");
    const struct manual *manual = manual_find(file && *file ? file : MANUAL_CONSOLE);
    struct json_object *page, *list;

    if (!manual) {
        struct error e = {0};

        error_set(&e, ERR_NOT_FOUND, NULL, "there is no such manual");
        page_error(req, res, app, 404, &e);
        return;
    }
    page = page_new(req, res, app, manual->title, NULL);
    page_text(page, "manual_html", manual->html);
    page_flag(page, "is_in_another_language",
              req->arena->language &&
                  strcmp(language_tag(req->arena->language), MANUAL_LANGUAGE) != 0);
    list = page_list(page, "manuals");
    for (unsigned i = 0; manual_at(i); i++) {
        struct json_object *row = page_row(list);

        page_text(row, "label", manual_at(i)->title);
        page_text(row, "path", arena_printf(req->arena, MANUAL_PATH "%s", manual_at(i)->file));
        page_flag(row, "current", manual_at(i) == manual);
    }
    page_send(res, app, 200, "manual", page);
}
