#include "admin-cgi/handlers/page_keys.h"

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/page.h"
#include "common/server_origin.h"
#include "common/token_jwt.h"

/* What names a key; the members that make it one stay where they are. */
static void add_keys(struct json_object *page, const struct group_desc *desc)
{
    struct json_object *keys = json_object_object_get(desc->source, "authKeys");
    struct json_object *list = page_list(page, "keys");
    size_t n = jwt_keys_count(desc->keys);

    for (size_t i = 0; i < n; i++) {
        static const char *const members[] = {"kid", "kty", "alg", "crv"};
        struct json_object *key = json_object_array_get_idx(keys, i), *row = page_row(list);

        page_number(row, "number", (int64_t)i + 1);
        for (size_t k = 0; k < 4; k++)
            page_text(row, members[k],
                      json_object_get_string(json_object_object_get(key, members[k])));
        page_text(row, "problem", jwt_keys_problem(desc->keys, i));
    }
    page_flag(page, "has_keys", n > 0);
}

static struct json_object *new_page(struct request *req, struct response *res, struct app *app,
                                    const struct group_record *group)
{
    struct json_object *page =
        group_view_page(req, res, app, group, "keys", "Keys for external sign-in");

    add_keys(page, group->desc);
    page_text(page, "auth_server", group->desc->auth_server);
    page_text(page, "auth_portal", group->desc->auth_portal);
    return page;
}

void page_keys(struct request *req, struct response *res, struct app *app)
{
    struct group_record group;

    if (group_view_load(req, res, app, &group))
        page_send(res, app, 200, "keys", new_page(req, res, app, &group));
}

/* Who would come in, and as what. */
static void add_claims(struct request *req, struct json_object *page,
                       const struct group_record *group, const struct jwt_claims *claims)
{
    struct permissions permissions = {0};
    const char *text = "";

    if (permission_spec_expand(&permissions, &claims->permissions, group->desc->allow_recording,
                               group->desc->unrestricted_tokens) == 0)
        text =
            page_comma_list(req->arena, arena_json(req->arena, permissions_to_json(&permissions)));
    permissions_release(&permissions);
    page_flag(page, "is_valid", true);
    page_text(page, "subject", claims->subject && claims->subject[0] ? claims->subject : NULL);
    page_text(page, "permissions", text && text[0] ? text : NULL);
    page_flag(page, "include_subgroups", claims->include_subgroups);
}

void page_keys_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"token", NULL};
    const struct server_config *config = app_config(app);
    struct jwt_claims claims = {0};
    struct group_record group;
    struct json_object *page;
    struct form form;
    struct error e = {0};
    struct span token;
    const char *base_path = arena_dup(req->arena, server_config_base_path(config));
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        !group_view_load(req, res, app, &group))
        return;
    page = new_page(req, res, app, &group);
    token = span_trim(span_str(form_text(&form, "token")));
    page_flag(page, "is_tried", true);
    if (!jwt_has_form(token)) {
        page_text(page, "reason",
                  "it has not the form of a JSON Web Token: three parts with dots between them");
    } else {
        r = jwt_verify(&claims, token, group.desc->keys, group.file.name, config->canonical_host,
                       base_path ? base_path : "", req->now_us, &e);
        if (r == 0)
            add_claims(req, page, &group, &claims);
        else
            page_text(page, "reason", e.code ? e.text : err_text(r));
        jwt_claims_release(&claims);
    }
    page_send(res, app, 200, "keys", page);
}
