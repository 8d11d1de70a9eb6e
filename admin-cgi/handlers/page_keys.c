#include "admin-cgi/handlers/page_keys.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/key_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "common/macros.h"
#include "common/now.h"
#include "common/token_jwt.h"

#define TITLE TEXT("Keys for external sign-in")

void page_keys(struct request *req, struct response *res, struct app *app)
{
    struct group_record group;

    if (group_view_load(req, res, app, &group))
        page_send(res, app, 200, "keys", key_view_page(req, res, app, &group, TITLE));
}

/* ---- trying a token ---- */

/* The user that this token would let in, and with which permissions. */
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
    page_text(page, "subject", claims->subject && claims->subject[0] ? claims->subject : NULL);
    page_text(page, "permissions", text && text[0] ? text : NULL);
    page_flag(page, "include_subgroups", claims->include_subgroups);
}

/* A time of the token in the zone of the page; what is none stays in the claims below. */
static void add_time(struct json_object *page, struct json_object *claims, const char *name)
{
    struct json_object *value = json_object_object_get(claims, name);
    int64_t seconds = json_object_get_int64(value);

    if ((json_object_is_type(value, json_type_int) ||
         json_object_is_type(value, json_type_double)) &&
        seconds > 0 && seconds < INT64_C(253402300800)) /* the year 10000 */
        page_time(page, name, seconds * US_PER_S);
}

static void add_report(struct request *req, struct json_object *page,
                       const struct group_record *group, const struct jwt_report *report)
{
    static const char *const steps[JWT_N_STEPS] = {"signature", "times", "audience", "subject_step",
                                                   "permissions_step"};
    static const char *const times[] = {"iat", "nbf", "exp"};
    bool is_valid = true;

    for (size_t i = 0; i < JWT_N_STEPS; i++) {
        struct json_object *step = json_object_new_object();

        page_flag(step, "is_good", report->steps[i].code == 0);
        page_text(step, "reason", say_reported(req->arena, report->steps[i].text));
        is_valid = is_valid && report->steps[i].code == 0;
        if (step && page)
            json_object_object_add(page, steps[i], step);
        if (report->steps[i].code && !json_object_object_get(page, "reason"))
            page_text(page, "reason", say_reported(req->arena, report->steps[i].text));
    }
    page_flag(page, "is_valid", is_valid);
    page_flag(page, "is_read", true);
    page_number(page, "signed_by", (int64_t)report->key + 1);
    for (size_t i = 0; i < LENGTH(times); i++)
        add_time(page, report->claims, times[i]);
    page_text(page, "token_header",
              json_object_to_json_string_ext(report->header, JSON_C_TO_STRING_PRETTY |
                                                                 JSON_C_TO_STRING_NOSLASHESCAPE));
    page_text(page, "token_claims",
              json_object_to_json_string_ext(report->claims, JSON_C_TO_STRING_PRETTY |
                                                                 JSON_C_TO_STRING_NOSLASHESCAPE));
    if (is_valid)
        add_claims(req, page, group, &report->made);
}

void page_keys_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"token", NULL};
    const struct server_config *config = app_config(app);
    struct jwt_report report = {0};
    struct group_record group;
    struct json_object *page;
    struct form form;
    struct error e = {0};
    struct span token;
    struct jwt_door door = {
        .canonical_host = config->canonical_host, .base_path = req->base, .now_us = req->now_us};

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        !group_view_load(req, res, app, &group))
        return;
    door.keys = group.desc->keys;
    door.group = group.file.name;
    page = key_view_page(req, res, app, &group, TITLE);
    token = span_trim(span_str(form_text(&form, "token")));
    page_flag(page, "is_tried", true);
    if (!jwt_has_form(token))
        page_text(page, "reason",
                  say(req->arena, "it has not the form of a JSON Web Token: three parts with dots "
                                  "between them"));
    else if (jwt_examine(&report, token, &door, &e) < 0)
        page_text(page, "reason",
                  say_reported(req->arena, e.code ? e.text : err_text(ERR_NO_MEMORY)));
    else
        add_report(req, page, &group, &report);
    jwt_report_release(&report);
    page_send(res, app, 200, "keys", page);
}
