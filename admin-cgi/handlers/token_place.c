#include "admin-cgi/handlers/token_place.h"

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "common/group_name.h"

#define SERVER_BASE "/admin/invitations/.server/"

const char *token_place_base(struct request *req, const char *group)
{
    return *group ? page_group_path(req->arena, group, ".tokens/") : SERVER_BASE;
}

static bool load_server(struct request *req, struct response *res, struct app *app,
                        struct token_place *out)
{
    const char *group = NULL;
    struct error e = {0};
    int r = request_query(req, "for", &group, &e);

    if (r < 0) {
        page_error(req, res, app, err_http_status(r), &e);
        return false;
    }
    *out = (struct token_place){.group = "", .name = "", .base = SERVER_BASE, .link_group = ""};
    if (!group || !*group)
        return true;
    if (group_name_check(span_str(group), &e) < 0)
        out->wrong = say_with(req->arena, "Group: {reason}.", "reason",
                              say_reported(req->arena, e.text), NULL);
    else
        out->name = out->link_group = group;
    return true;
}

bool token_place_load(struct request *req, struct response *res, struct app *app,
                      struct token_place *out)
{
    struct group_record record;

    if (!request_capture(req, "group"))
        return load_server(req, res, app, out);
    if (!group_view_load(req, res, app, &record))
        return false;
    *out = (struct token_place){.record = record,
                                .group = record.file.name,
                                .name = group_view_name(&record),
                                .description = record.desc->description,
                                .base = token_place_base(req, record.file.name),
                                .link_group = record.file.name};
    return true;
}

struct json_object *token_place_page(struct request *req, struct response *res, struct app *app,
                                     const struct token_place *place, const char *title)
{
    struct json_object *page;

    if (*place->group) {
        page = group_view_page(req, res, app, &place->record, "tokens", title);
    } else {
        page = page_new(req, res, app, title, "invitations");
        page_text(page, "link_group", place->link_group);
        page_text(page, "label", place->name);
        page_text(page, "for_error", place->wrong);
    }
    page_flag(page, "is_server", !*place->group);
    page_text(page, "tokens_base", place->base);
    if (!*place->group && *place->link_group)
        page_text(
            page, "link_query",
            arena_printf(req->arena, "?for=%s", page_encode(req->arena, place->link_group, false)));
    return page;
}
