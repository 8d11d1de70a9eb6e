#include "admin-cgi/handlers/page_live_message.h"

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/live_command.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_form.h"
#include "common/log.h"

static const struct log_ctx ctx = {.room = "live"};

/* @param n counts the meetings that heard it; one that has ended meanwhile does not matter */
static int tell_all(struct request *req, struct app *app, const char *text, size_t *n,
                    struct error *e)
{
    struct json_object *groups = arena_json(req->arena, group_view_live_now(app));

    if (!groups)
        return error_set(e, ERR_UNAVAILABLE, NULL, "the media daemon does not answer");
    for (size_t i = 0; i < json_object_array_length(groups); i++) {
        struct json_object *group = json_object_array_get_idx(groups, i);
        const char *name = json_object_get_string(json_object_object_get(group, "name"));
        int r;

        if (!name || json_object_get_int64(json_object_object_get(group, "members")) == 0)
            continue;
        r = live_command(req, app, name, "message", NULL, text, e);
        if (r < 0 && r != ERR_NOT_FOUND)
            return r;
        *n += r == 0;
    }
    return 0;
}

static void audit(struct request *req, struct app *app, const struct actor *actor, const char *text,
                  size_t n, int result)
{
    struct json_object *detail = arena_json(req->arena, json_object_new_object());

    page_text(detail, "text", text);
    page_number(detail, "meetings", (int64_t)n);
    live_command_audit(app, actor, "live.message-all", NULL, detail, result);
}

static const char *done_words(struct arena *a, size_t n)
{
    if (n == 0)
        return TEXT("Nobody is in a meeting, so nobody got the message.");
    return say_count(a, "The message was sent to everyone in {n} meetings.",
                     "The message was sent to everyone in one meeting.", n);
}

void page_live_message_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"text", NULL};
    static const char path[] = "/admin/live";
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct error e = {0};
    struct form form;
    const char *text;
    size_t n = 0;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, path))
        return;
    text = form_text(&form, "text");
    if (!*text) {
        error_set(&e, ERR_INVALID, "text", "there is nothing to send");
        page_error(req, res, app, 400, &e);
        return;
    }
    r = store_form_use(app->db, &actor, &e);
    if (form_came_second(req, res, app, &actor, r))
        return;
    if (r == 0)
        r = tell_all(req, app, text, &n, &e);
    audit(req, app, &actor, text, n, r);
    if (r == 0) {
        page_done(req, res, app, path, done_words(req->arena, n), NULL);
        return;
    }
    /* The form may be sent again only when no meeting got the message: none gets it twice. */
    if (n == 0 && store_form_forget(app->db, &actor, NULL) < 0)
        log_warn(&ctx, "a form that failed counts as used");
    if (n > 0)
        error_set(&e, r, NULL, "the message reached %zu meetings, then the media daemon failed", n);
    group_view_failed(req, res, app, r, &e);
}
