#include "admin-cgi/handlers/page_drain.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/control_client.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/live_command.h"
#include "admin-cgi/live_sample.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/store/store_form.h"

#define TEXT_MAX 500 /* bytes, as mediad takes them */
#define LIVE_PATH "/admin/live"

void drain_view_add(struct json_object *page, struct app *app)
{
    const struct live_sample sample = live_sample_get(app->live, LIVE_SAMPLE_EVERY_US);
    struct json_object *health = json_object_object_get(sample.document, "health");
    struct json_object *draining = json_object_object_get(health, "draining");
    const char *text = json_object_get_string(json_object_object_get(draining, "text"));

    page_flag(page, "is_draining", draining);
    if (!draining)
        return;
    page_text(page, "drain_text", text);
    page_number(page, "drain_people",
                json_object_get_int64(json_object_object_get(health, "members")));
}

static int order(struct request *req, struct app *app, bool on, const char *text, struct error *e)
{
    struct json_object *body = arena_json(req->arena, json_object_new_object());

    if (!body)
        return ERR_NO_MEMORY;
    page_flag(body, "on", on);
    page_text(body, "text", text);
    page_text(body, "by", principal_told_name(&req->who));
    return control_post(app->control, "/v0/drain", body, NULL, e);
}

static void audit(struct request *req, struct app *app, const struct actor *actor, bool on,
                  const char *text, int result)
{
    struct json_object *detail = arena_json(req->arena, json_object_new_object());

    if (*text)
        page_text(detail, "text", text);
    live_command_audit(app, actor, on ? "live.drain" : "live.drain-end", NULL, detail, result);
}

void page_drain_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"on", "text", NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct error e = {0};
    struct form form;
    const char *text;
    bool on;
    int r = 0;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, LIVE_PATH))
        return;
    text = form_text(&form, "text");
    on = strcmp(form_text(&form, "on"), "yes") == 0;
    if (strlen(text) > TEXT_MAX)
        r = error_set(&e, ERR_TOO_LARGE, "text", "at most %d bytes", TEXT_MAX);
    if (r == 0)
        r = store_form_use(app->db, &actor, &e);
    if (form_came_second(req, res, app, &actor, r))
        return;
    if (r == 0) {
        r = order(req, app, on, text, &e);
        audit(req, app, &actor, on, text, r);
    }
    if (r < 0) {
        group_view_failed(req, res, app, r, &e);
        return;
    }
    live_sample_get(app->live, 0); /* the next page shows it */
    page_done(req, res, app, LIVE_PATH,
              on ? TEXT("Nobody new comes in from now on. Who is inside stays.")
                 : TEXT("Everybody may come in again."),
              NULL);
}
