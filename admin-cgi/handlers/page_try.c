#include "admin-cgi/handlers/page_try.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/control_client.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/network/auth_test.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "common/macros.h"

/* mediad's words (docs/CONTROL.md) in sentences. */
static const char *in_words(const char *result)
{
    static const struct {
        const char *word, *text;
    } words[] = {
        {"not-authorised", TEXT("No user, password or token of this group fits.")},
        {"need-username", TEXT("A name is needed, too.")},
        {"bad-username", TEXT("Nobody may be called so.")},
        {"redirect", TEXT("The group sends everyone to another address.")},
        {"maintenance", TEXT("The server takes nobody new in now, before maintenance.")},
        {"locked", TEXT("The group is locked, and only operators may come in.")},
        {"not-open-yet", TEXT("The group is not open yet, and only operators may come in.")},
        {"closed", TEXT("The group is closed, and only operators may come in.")},
        {"no-operator", TEXT("No operator is there, and only operators may come in before.")},
        {"full", TEXT("As many people are inside as there may be.")},
        {"server-full", TEXT("The server has as many people as it may have.")},
        {"banned", TEXT("This name was sent away a moment ago.")},
        {"busy", TEXT("The server checks too many passwords right now; try again.")},
    };

    for (size_t i = 0; i < LENGTH(words); i++) {
        if (strcmp(words[i].word, result) == 0)
            return words[i].text;
    }
    return TEXT("The media server gave no reason that is known here.");
}

static const char *way_in_words(const char *way)
{
    if (strcmp(way, "user") == 0)
        return TEXT("by the password of that user");
    if (strcmp(way, "wildcard") == 0)
        return TEXT("by the password for everybody");
    if (strcmp(way, "token") == 0)
        return TEXT("by the token");
    return "";
}

/* @return the page of a group, with what there is to try */
static struct json_object *new_page(struct request *req, struct response *res, struct app *app,
                                    const struct group_record *group)
{
    struct json_object *page = group_view_page(req, res, app, group, "overview", "Try a log-in");
    const char *server = group->desc ? group->desc->auth_server : NULL;

    page_text(page, "auth_server", server);
    page_flag(page, "has_auth_server", server);
    page_flag(page, "may_ask_server", req->who.is_server_admin);
    return page;
}

void page_try(struct request *req, struct response *res, struct app *app)
{
    struct group_record group;

    if (group_view_load(req, res, app, &group))
        page_send(res, app, 200, "try", new_page(req, res, app, &group));
}

static struct json_object *question(struct request *req, const struct form *form, const char *group)
{
    static const char *const fields[] = {"username", "password", "token"};
    struct json_object *body = arena_json(req->arena, json_object_new_object());

    page_text(body, "group", group);
    for (size_t i = 0; i < LENGTH(fields); i++)
        page_text(body, fields[i], form_text(form, fields[i]));
    return body;
}

static void add_answer(struct request *req, struct json_object *page, struct json_object *answer)
{
    const char *result = json_object_get_string(json_object_object_get(answer, "result"));
    const char *way = json_object_get_string(json_object_object_get(answer, "way"));
    const char *name = json_object_get_string(json_object_object_get(answer, "username"));

    page_flag(page, "is_tried", true);
    page_flag(page, "comes_in", result && strcmp(result, "join") == 0);
    page_text(page, "reason", say(req->arena, in_words(result ? result : "")));
    page_flag(page, "is_known", way != NULL);
    page_text(page, "way", way ? say(req->arena, way_in_words(way)) : NULL);
    page_text(page, "as", name && *name ? name : say(req->arena, "somebody without a name"));
    page_text(page, "permissions",
              page_comma_list(req->arena, json_object_object_get(answer, "permissions")));
}

/* As at the group's door, right now. */
static void try_at_door(struct app *app, struct request *req, struct json_object *page,
                        struct json_object *body)
{
    struct json_object *answer = NULL;
    struct error e = {0};

    if (control_post(app->control, "/v0/try", body, &answer, &e) < 0)
        page_flag(page, "is_away", true);
    else
        add_answer(req, page, answer);
    json_object_put(answer);
}

void page_try_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"username", "password", "token", NULL};
    struct json_object *page;
    struct group_record group;
    struct form form;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        !group_view_load(req, res, app, &group))
        return;
    page = new_page(req, res, app, &group);
    page_text(page, "username", form_text(&form, "username"));
    try_at_door(app, req, page, question(req, &form, group.file.name));
    page_send(res, app, 200, "try", page);
}

/* ---- the authorisation server ---- */

/* Scheme, host and port of an address of ours. */
static const char *origin_of(struct arena *a, const char *link)
{
    const char *host = link ? strstr(link, "://") : NULL;
    size_t len = host ? (size_t)(host - link) + 3 + strcspn(host + 3, "/") : 0;

    return arena_printf(a, "%.*s", (int)len, link ? link : "");
}

static void ask_server(struct request *req, struct app *app, struct json_object *page,
                       const struct group_record *group, const struct form *form)
{
    const char *link = group_view_link(req, app, group->file.name);
    const struct auth_question question = {.url = group->desc->auth_server,
                                           .origin = origin_of(req->arena, link),
                                           .location = link ? link : "",
                                           .username = form_text(form, "username"),
                                           .password = form_text(form, "password")};
    struct auth_answer answer = auth_test(req->arena, &question);
    struct json_object *body;

    page_flag(page, "is_asked", true);
    page_flag(page, "answers", answer.works);
    page_text(page, "server_found", answer.words.found);
    page_text(page, "server_next", answer.words.next);
    if (!answer.token && !answer.is_unknown)
        return;
    body = arena_json(req->arena, json_object_new_object());
    page_text(body, "group", group->file.name);
    page_text(body, "username", question.username);
    page_text(body, "password", answer.token ? NULL : question.password);
    page_text(body, "token", answer.token);
    try_at_door(app, req, page, body);
}

void page_try_server_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"username", "password", "token", NULL};
    struct json_object *page;
    struct group_record group;
    struct form form;
    struct error e = {0};
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        !group_view_load(req, res, app, &group))
        return;
    r = group.desc && group.desc->auth_server
            ? app_hold(app, &e)
            : error_set(&e, ERR_NOT_FOUND, NULL, "this group has no authorisation server");
    if (r < 0) {
        group_view_failed(req, res, app, r, &e);
        return;
    }
    page = new_page(req, res, app, &group);
    page_text(page, "username", form_text(&form, "username"));
    ask_server(req, app, page, &group, &form);
    page_send(res, app, 200, "try", page);
}
