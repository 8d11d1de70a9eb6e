#include "admin-cgi/handlers/live_command.h"

#include "admin-cgi/app.h"
#include "admin-cgi/control_client.h"
#include "admin-cgi/page.h"
#include "admin-cgi/store/store_audit.h"
#include "common/log.h"

static const struct log_ctx ctx = {.room = "live"};

int live_command(struct request *req, struct app *app, const char *group, const char *action,
                 const char *client, const char *text, struct error *e)
{
    struct json_object *body = arena_json(req->arena, json_object_new_object());

    if (!body)
        return ERR_NO_MEMORY;
    page_text(body, "group", group);
    page_text(body, "action", action);
    page_text(body, "client", client);
    page_text(body, "text", text);
    page_text(body, "by", principal_told_name(&req->who));
    return control_post(app->control, "/v0/groups/action", body, NULL, e);
}

void live_command_audit(struct app *app, const struct actor *actor, const char *action,
                        const char *group, struct json_object *detail, int result)
{
    struct audit_entry entry = {.action = action,
                                .object_kind = group ? "group" : "server",
                                .object = group ? group : "",
                                .result = result < 0 ? "failed" : "ok"};
    struct error e = {0};

    if (detail)
        entry.detail = json_object_to_json_string_ext(detail, JSON_C_TO_STRING_PLAIN);
    if (!action || store_audit_add(app->db, actor, &entry, &e) < 0)
        log_warn(&ctx, "an action is not in the audit log: %s", e.text);
}
