#include "admin-cgi/handlers/page_live.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/control_client.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/live_streams.h"
#include "admin-cgi/live_sample.h"
#include "admin-cgi/page.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_audit.h"
#include "admin-cgi/store/store_form.h"
#include "admin-cgi/store/store_group.h"
#include "common/log.h"
#include "common/macros.h"
#include "common/now.h"

static const struct log_ctx ctx = {.room = "live"};

/** The actions on a group and on one of its members. */
static const struct {
    const char *word;
    const char *done;
    bool to_person;
    unsigned caps; /* what is needed in the group */
} actions[] = {
    {"lock", "The group is locked.", false, CAP_MODERATE},
    {"unlock", "The group is open.", false, CAP_MODERATE},
    {"message", "The message was sent to everyone.", false, CAP_MODERATE},
    {"clearchat", "The chat is empty.", false, CAP_MODERATE},
    {"kick", "Done: sent away.", false, CAP_MODERATE},
    {"op", "Done: an operator now.", true, CAP_MODERATE},
    {"unop", "Done: no operator any more.", true, CAP_MODERATE},
    {"present", "Done: may present now.", true, CAP_MODERATE},
    {"unpresent", "Done: may not present any more.", true, CAP_MODERATE},
    {"shutup", "Done: may not chat any more.", true, CAP_MODERATE},
    {"unshutup", "Done: may chat again.", true, CAP_MODERATE},
    {"record", "The group is recorded now.", false, CAP_RECORD},
    {"unrecord", "The recording has ended.", false, CAP_RECORD},
};

static const char *text_of(struct json_object *o, const char *name)
{
    const char *text = json_object_get_string(json_object_object_get(o, name));

    return text ? text : "";
}

static int64_t time_of(struct json_object *o, const char *name)
{
    int64_t at = 0;

    return time_parse_rfc3339(span_str(text_of(o, name)), &at) == 0 ? at : 0;
}

static bool has_permission(struct json_object *permissions, const char *name)
{
    for (size_t i = 0; permissions && i < json_object_array_length(permissions); i++) {
        if (strcmp(json_object_get_string(json_object_array_get_idx(permissions, i)), name) == 0)
            return true;
    }
    return false;
}

static void add_member(struct request *req, struct json_object *list, struct json_object *client,
                       struct json_object *stats)
{
    struct json_object *row = page_row(list);
    struct json_object *permissions = json_object_object_get(client, "permissions");
    const char *name = text_of(client, "username");

    page_text(row, "id", text_of(client, "id"));
    page_text(row, "query", page_encode(req->arena, text_of(client, "id"), false));
    live_streams_sum(req->arena, row, stats, text_of(client, "id"));
    page_text(row, "name", *name ? name : "(no name)");
    page_text(row, "permissions", page_comma_list(req->arena, permissions));
    page_time(row, "joined", time_of(client, "joined"));
    page_flag(row, "is_client", strcmp(text_of(client, "kind"), "client") == 0);
    page_text(row, "kind", text_of(client, "kind"));
    page_flag(row, "is_op", has_permission(permissions, "op"));
    page_flag(row, "may_present", has_permission(permissions, "present"));
    page_flag(row, "may_message", has_permission(permissions, "message"));
}

/* A subgroup that appeared by itself has no file, and is shown all the same. */
static bool find_group(struct request *req, struct response *res, struct app *app,
                       struct group_record *out)
{
    const char *name = request_capture(req, "group");
    struct error e = {0};
    int r = store_group_find(app->db, req->arena, name, req->now_us, out, &e);

    if (r == 0 && out->is_inherited)
        out->file.name = name;
    if (r == 0)
        return true;
    return group_view_load(req, res, app, out);
}

/* The streams of the member whom the query names, if it does and the member is there. */
static void add_streams(struct request *req, struct json_object *page, struct json_object *stats,
                        struct json_object *clients, const char *id)
{
    for (size_t i = 0; clients && id && i < json_object_array_length(clients); i++) {
        struct json_object *client = json_object_array_get_idx(clients, i);

        if (strcmp(text_of(client, "id"), id) != 0)
            continue;
        page_flag(page, "is_member", true);
        page_text(page, "member_query", page_encode(req->arena, id, false));
        page_text(page, "member_name",
                  *text_of(client, "username") ? text_of(client, "username") : "(no name)");
        live_streams_list(req->arena, page, stats, clients, id);
    }
}

/* Whether the group is recorded, and what can be done about it. */
static void add_recording(struct json_object *page, struct json_object *now,
                          const struct group_record *group)
{
    struct json_object *recording = json_object_object_get(now, "recording");
    int64_t streams = json_object_get_int64(json_object_object_get(recording, "streams"));

    page_flag(page, "is_recorded", recording);
    page_flag(page, "may_be_recorded", group->desc && group->desc->allow_recording);
    page_time(page, "recorded_since", recording ? time_of(recording, "since") : 0);
    page_number(page, "recorded_streams", streams);
    page_flag(page, "one_stream", streams == 1);
}

void page_live(struct request *req, struct response *res, struct app *app)
{
    struct group_record group;
    struct json_object *page, *live, *now, *list, *clients, *stats;
    const char *member = NULL;
    struct error e = {0};

    if (request_query(req, "member", &member, &e) < 0) {
        page_error(req, res, app, 400, &e);
        return;
    }
    if (!find_group(req, res, app, &group))
        return;
    page = group_view_page(req, res, app, &group, "live", "Live");
    list = page_list(page, "members");
    live = group_view_live(req, app, page, 0);
    now = live_sample_group(live, group.file.name);
    clients = json_object_object_get(now, "clients");
    stats = now ? live_streams(req, app, group.file.name) : NULL;
    for (size_t i = 0; clients && i < json_object_array_length(clients); i++)
        add_member(req, list, json_object_array_get_idx(clients, i), stats);
    add_streams(req, page, stats, clients, member);
    add_recording(page, now, &group);
    page_flag(page, "has_members", clients && json_object_array_length(clients) > 0);
    page_flag(page, "is_there", now);
    page_flag(page, "locked", json_object_get_boolean(json_object_object_get(now, "locked")));
    page_text(page, "lock_text", now ? text_of(now, "lockText") : "");
    page_time(page, "since", now ? time_of(now, "since") : 0);
    json_object_put(live);
    page_send(res, app, 200, "live", page);
}

/* Who a form is about, by the name that the group knows; once they are sent away nobody knows it.
 */
static const char *person_of(struct request *req, struct app *app, const char *group,
                             const char *id)
{
    struct json_object *live, *clients;
    const char *name = NULL;

    if (!*id)
        return NULL;
    live = group_view_live_now(app); /* a list of a second ago may lack them */
    clients = json_object_object_get(live_sample_group(live, group), "clients");
    for (size_t i = 0; clients && i < json_object_array_length(clients); i++) {
        struct json_object *client = json_object_array_get_idx(clients, i);

        if (strcmp(text_of(client, "id"), id) == 0)
            name = arena_str(req->arena, text_of(client, "username"));
    }
    json_object_put(live);
    return name;
}

/* What the row says of an action besides the group: {"client", "person", "text"}, where there are.
 */
static struct json_object *detail_of(struct request *req, struct app *app, const struct form *form,
                                     const char *group)
{
    struct json_object *detail = arena_json(req->arena, json_object_new_object());
    const char *id = form_text(form, "client");
    const char *text = form_text(form, "text");

    page_text(detail, "client", *id ? id : NULL);
    page_text(detail, "person", person_of(req, app, group, id));
    page_text(detail, "text", *text ? text : NULL);
    return detail;
}

static void audit(struct request *req, struct app *app, const char *action, const char *group,
                  struct json_object *detail, int result)
{
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct audit_entry entry = {.action = arena_printf(req->arena, "live.%s", action),
                                .object_kind = "group",
                                .object = group,
                                .detail =
                                    json_object_to_json_string_ext(detail, JSON_C_TO_STRING_PLAIN),
                                .result = result < 0 ? "failed" : "ok"};
    struct error e = {0};

    if (!entry.action || store_audit_add(app->db, &actor, &entry, &e) < 0)
        log_warn(&ctx, "an action is not in the audit log: %s", e.text);
}

static int act(struct request *req, struct app *app, const struct form *form, const char *group,
               struct error *e)
{
    struct json_object *body = json_object_new_object();
    int r;

    if (!body)
        return ERR_NO_MEMORY;
    page_text(body, "group", group);
    page_text(body, "action", form_text(form, "action"));
    page_text(body, "client", form_text(form, "client"));
    page_text(body, "text", form_text(form, "text"));
    page_text(body, "by", req->who.name[0] ? req->who.name : "administrator");
    r = control_post(app->control, "/v0/groups/action", body, NULL, e);
    json_object_put(body);
    return r;
}

/* @param caps what the route's guard has checked: only actions that need it are done */
static void post(struct request *req, struct response *res, struct app *app, unsigned caps)
{
    static const char *const fields[] = {"action", "client", "text", NULL};
    const char *group = request_capture(req, "group");
    const char *path = page_group_path(req->arena, group, ".live");
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct form form;
    struct json_object *detail;
    struct error e = {0};
    size_t i = 0;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, path))
        return;
    while (i < LENGTH(actions) &&
           (actions[i].caps != caps || strcmp(actions[i].word, form_text(&form, "action")) != 0))
        i++;
    if (i == LENGTH(actions) || (actions[i].to_person && !form_text(&form, "client")[0])) {
        error_set(&e, ERR_INVALID, "action", "there is no such action");
        page_error(req, res, app, 400, &e);
        return;
    }
    detail = detail_of(req, app, &form, group);
    r = store_form_use(app->db, &actor, &e);
    if (form_came_second(req, res, app, &actor, r))
        return;
    if (r == 0)
        r = act(req, app, &form, group, &e);
    if (r < 0 && r != ERR_NOT_FOUND && store_form_forget(app->db, &actor, NULL) < 0)
        log_warn(&ctx, "a form that failed counts as used");
    audit(req, app, actions[i].word, group, detail, r);
    if (r == ERR_NOT_FOUND)
        page_done(req, res, app, path,
                  caps == CAP_RECORD ? "Nobody is in the group any more."
                                     : "They had left already.",
                  NULL);
    else if (r < 0)
        group_view_failed(req, res, app, r, &e);
    else
        page_done(req, res, app, path, actions[i].done, NULL);
}

void page_live_post(struct request *req, struct response *res, struct app *app)
{
    post(req, res, app, CAP_MODERATE);
}

void page_live_recording_post(struct request *req, struct response *res, struct app *app)
{
    post(req, res, app, CAP_RECORD);
}
