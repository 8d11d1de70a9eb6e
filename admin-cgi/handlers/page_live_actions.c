#include "admin-cgi/handlers/page_live_actions.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/live_command.h"
#include "admin-cgi/handlers/live_view.h"
#include "admin-cgi/handlers/page_person.h"
#include "admin-cgi/live_sample.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_form.h"
#include "common/log.h"
#include "common/macros.h"

static const struct log_ctx ctx = {.room = "live"};

/* What may be done to a group and to one of its members. */
static const struct action {
    const char *word;
    const char *done;
    const char *done_to_one; /* where it may be either; NULL: `done` */
    bool to_person;
    unsigned caps; /* what is needed in the group */
} actions[] = {
    {"lock", TEXT("The group is locked."), NULL, false, CAP_MODERATE},
    {"unlock", TEXT("The group is open."), NULL, false, CAP_MODERATE},
    {"message", TEXT("The message was sent to everyone."), TEXT("The message was sent."), false,
     CAP_MODERATE},
    {"clearchat", TEXT("The chat is empty."), NULL, false, CAP_MODERATE},
    {"kick", TEXT("Everyone was sent away."), TEXT("Done: sent away."), false, CAP_MODERATE},
    {"close", TEXT("Everyone was sent away, and the group is locked."), NULL, false, CAP_MODERATE},
    {"mute", TEXT("Done: muted."), NULL, true, CAP_MODERATE},
    {"op", TEXT("Done: an operator now."), NULL, true, CAP_MODERATE},
    {"unop", TEXT("Done: no operator any more."), NULL, true, CAP_MODERATE},
    {"present", TEXT("Done: may present now."), NULL, true, CAP_MODERATE},
    {"unpresent", TEXT("Done: may not present any more."), NULL, true, CAP_MODERATE},
    {"shutup", TEXT("Done: may not chat any more."), NULL, true, CAP_MODERATE},
    {"unshutup", TEXT("Done: may chat again."), NULL, true, CAP_MODERATE},
    {"address", NULL, NULL, true, CAP_MODERATE}, /* shown: mediad has nothing to do */
    {"record", TEXT("The group is recorded now."), NULL, false, CAP_RECORD},
    {"unrecord", TEXT("The recording has ended."), NULL, false, CAP_RECORD},
};

/* Who a form is about, as of now: a list of a second ago may lack them, and once they are sent away
 * nobody knows their name. NULL: they are not there, or mediad does not answer. */
static struct json_object *person_of(struct request *req, struct app *app, const char *group,
                                     const char *id)
{
    struct json_object *live = *id ? arena_json(req->arena, group_view_live_now(app)) : NULL;

    return live_view_find(live_sample_group(live, group), id);
}

/* What the row says of an action besides the group: {"client", "person", "text"}, where there are.
 */
static struct json_object *detail_of(struct request *req, const struct form *form,
                                     struct json_object *person)
{
    struct json_object *detail = arena_json(req->arena, json_object_new_object());
    const char *id = form_text(form, "client");
    const char *text = form_text(form, "text");

    page_text(detail, "client", *id ? id : NULL);
    page_text(detail, "person", json_object_get_string(json_object_object_get(person, "username")));
    page_text(detail, "text", *text ? text : NULL);
    return detail;
}

/* Shows the address of a member, this once; the audit log notes that it was shown. */
static int tell_address(struct request *req, struct response *res, struct app *app,
                        const char *path, struct json_object *person)
{
    const char *address = json_object_get_string(json_object_object_get(person, "address"));

    if (!address)
        return ERR_NOT_FOUND;
    page_done(req, res, app, path,
              say_with(req->arena,
                       "The address of {name} is {address}. That you looked is in the log.", "name",
                       live_view_name(req->arena, person), "address", address, NULL),
              NULL);
    return 0;
}

static const struct action *action_of(const struct form *form, unsigned caps)
{
    for (size_t i = 0; i < LENGTH(actions); i++) {
        if (actions[i].caps == caps && strcmp(actions[i].word, form_text(form, "action")) == 0 &&
            (!actions[i].to_person || form_text(form, "client")[0]))
            return &actions[i];
    }
    return NULL;
}

/* Where the result of an action is seen: on the page of who it was done to, while they are there.
 */
static const char *place_of(struct request *req, const char *group, const struct form *form)
{
    const char *client = form_text(form, "client");

    if (!*client || strcmp(form_text(form, "action"), "kick") == 0)
        return page_group_path(req->arena, group, ".live");
    return page_person_path(req->arena, group, client);
}

static void finish(struct request *req, struct response *res, struct app *app, const char *path,
                   const struct action *action, bool is_one, int r, const struct error *e)
{
    if (r == ERR_NOT_FOUND)
        page_done(req, res, app,
                  page_group_path(req->arena, request_capture(req, "group"), ".live"),
                  action->caps == CAP_RECORD ? "Nobody is in the group any more."
                                             : "They had left already.",
                  NULL);
    else if (r < 0)
        group_view_failed(req, res, app, r, e);
    else if (action->done)
        page_done(req, res, app, path,
                  is_one && action->done_to_one ? action->done_to_one : action->done, NULL);
}

/* @param caps what the route's guard has checked: only actions that need it are done */
static void post(struct request *req, struct response *res, struct app *app, unsigned caps)
{
    static const char *const fields[] = {"action", "client", "text", NULL};
    const char *group = request_capture(req, "group");
    const char *path;
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    const struct action *action;
    struct json_object *person, *detail;
    struct form form;
    struct error e = {0};
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0)
        return;
    path = place_of(req, group, &form);
    if (form_was_used(req, res, app, &form, &actor, path))
        return;
    action = action_of(&form, caps);
    if (!action) {
        error_set(&e, ERR_INVALID, "action", "there is no such action");
        page_error(req, res, app, 400, &e);
        return;
    }
    person = person_of(req, app, group, form_text(&form, "client"));
    detail = detail_of(req, &form, person);
    r = store_form_use(app->db, &actor, &e);
    if (form_came_second(req, res, app, &actor, r))
        return;
    if (r == 0)
        r = action->done ? live_command(req, app, group, action->word, form_text(&form, "client"),
                                        form_text(&form, "text"), &e)
                         : tell_address(req, res, app, path, person);
    if (r < 0 && r != ERR_NOT_FOUND && store_form_forget(app->db, &actor, NULL) < 0)
        log_warn(&ctx, "a form that failed counts as used");
    live_command_audit(app, &actor, arena_printf(req->arena, "live.%s", action->word), group,
                       detail, r);
    finish(req, res, app, path, action, form_text(&form, "client")[0], r, &e);
}

void page_live_post(struct request *req, struct response *res, struct app *app)
{
    post(req, res, app, CAP_MODERATE);
}

void page_live_recording_post(struct request *req, struct response *res, struct app *app)
{
    post(req, res, app, CAP_RECORD);
}

/* ---- pages that ask first ---- */

static void ask(struct request *req, struct response *res, struct app *app, const char *action,
                const char *title, struct json_object *person)
{
    const char *group = request_capture(req, "group");
    struct json_object *page = page_new(req, res, app, title, "live");
    struct json_object *live = arena_json(req->arena, group_view_live(req, app, page, 0));
    int64_t people =
        json_object_get_int64(json_object_object_get(live_sample_group(live, group), "members"));

    page_text(page, "group", group);
    page_text(page, "base", page_group_path(req->arena, group, ""));
    page_text(page, "action", action);
    page_flag(page, "closes", strcmp(action, "close") == 0);
    page_flag(page, "is_person", person);
    page_text(page, "client", json_object_get_string(json_object_object_get(person, "id")));
    page_text(page, "name", person ? live_view_name(req->arena, person) : NULL);
    page_text(page, "leaving",
              say_fill(req->arena,
                       say_count(req->arena, "{n} people leave {group}.",
                                 "{n} person leaves {group}.", (uint64_t)people),
                       "group", group, NULL));
    page_send(res, app, 200, "live_ask", page);
}

void page_live_send_away(struct request *req, struct response *res, struct app *app)
{
    const char *group = request_capture(req, "group");
    const char *client = NULL;
    struct json_object *person;
    struct error e = {0};

    if (request_query(req, "client", &client, &e) < 0) {
        page_error(req, res, app, 400, &e);
        return;
    }
    if (!client || !*client) {
        ask(req, res, app, "kick", TEXT("Send everyone away?"), NULL);
        return;
    }
    person = person_of(req, app, group, client);
    if (person)
        ask(req, res, app, "kick",
            say_with(req->arena, "Send {name} away?", "name", live_view_name(req->arena, person),
                     NULL),
            person);
    else
        page_done(req, res, app, page_group_path(req->arena, group, ".live"),
                  "They had left already.", NULL);
}

void page_live_close(struct request *req, struct response *res, struct app *app)
{
    ask(req, res, app, "close", "Close the group?", NULL);
}
