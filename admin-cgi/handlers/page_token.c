#include "admin-cgi/handlers/page_token.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/qr_view.h"
#include "admin-cgi/handlers/token_audit.h"
#include "admin-cgi/handlers/token_kind.h"
#include "admin-cgi/handlers/token_place.h"
#include "admin-cgi/handlers/token_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/site/group_limits.h"
#include "admin-cgi/store/store_token_label.h"
#include "admin-cgi/view/calendar.h"
#include "admin-cgi/zone.h"
#include "common/macros.h"
#include "common/now.h"
#include "common/token_store_write.h"

/* As a field of the form holds it. */
static const char *input_time(struct request *req, bool is_set, int64_t us)
{
    return is_set ? zone_field_text(req->arena, req->who.zone, us) : "";
}

/* What one sends along with the link. */
static const char *words_of(struct request *req, const struct token_place *place,
                            const struct token *t, const char *link)
{
    struct arena *a = req->arena;
    const char *begins = "", *until;

    if (t->has_not_before)
        begins = arena_printf(a, "%s\n",
                              say_with(a, "It begins on {time}.", "time",
                                       zone_time_text(a, req->who.zone, t->not_before_us), NULL));
    until = t->has_expires ? say_with(a, "The link is valid until {time}.", "time",
                                      zone_time_text(a, req->who.zone, t->expires_us), NULL)
                           : say(a, "The link is valid until it is removed.");
    return arena_printf(a, "%s\n\n%s\n\n%s%s\n",
                        say_with(a, "You are invited to {group}:", "group", place->name, NULL),
                        link, begins, until);
}

/* @param form as it was sent; NULL: the token's own values */
static void show(struct request *req, struct response *res, struct app *app,
                 struct json_object *page, const struct token_place *place, const struct token *t,
                 const struct form *form, int status)
{
    const char *link = token_view_link(req, app, t, place->link_group);
    const char *words = link ? words_of(req, place, t, link) : NULL;
    const char *label;
    char id[SHA256_HEX_SIZE];

    token_view_id(t, id);
    label = token_view_fields(req, app, page, t);
    page_text(page, "id", id);
    page_text(page, "link", link);
    page_text(page, "words", words);
    if (words)
        page_text(page, "mail",
                  arena_printf(req->arena, "mailto:?subject=%s&body=%s",
                               page_encode(req->arena, place->name, false),
                               page_encode(req->arena, words, false)));
    page_flag(page, "has_link", link);
    page_flag(page, "has_time", t->has_not_before && t->has_expires);
    if (link)
        qr_view_add(page, link);
    page_text(page, "from_input",
              form ? form_text(form, "from")
                   : input_time(req, t->has_not_before, t->not_before_us));
    page_text(page, "until_input",
              form ? form_text(form, "until") : input_time(req, t->has_expires, t->expires_us));
    page_text(page, "label_input", form ? form_text(form, "label") : label);
    page_text(page, "zone_name", zone_name(req->who.zone));
    page_flag(page, "with_subgroups", form ? form_has(form, "subgroups") : t->include_subgroups);
    token_kind_options(page, form ? form_text(form, "kind") : token_kind_of(t));
    page_send(res, app, status, "token", page);
}

/* The invitation of the path, a copy. @return false: `res` is complete */
static bool load(struct request *req, struct response *res, struct app *app,
                 struct token_place *place, struct token *out)
{
    const struct token *found;
    struct error e = {0};
    int r;

    if (!token_place_load(req, res, app, place))
        return false;
    r = token_view_find(app, place->group, request_capture(req, "id"), &found, &e);
    if (r == 0)
        r = token_copy(out, found);
    if (r < 0)
        group_view_failed(req, res, app, r, &e);
    return r == 0;
}

void page_token(struct request *req, struct response *res, struct app *app)
{
    struct token_place place;
    struct token token = {0};

    if (load(req, res, app, &place, &token))
        show(req, res, app, token_place_page(req, res, app, &place, TEXT("Invitation")), &place,
             &token, NULL, 200);
    token_release(&token);
}

static int put_changes(struct token *t, void *arg, struct error *e)
{
    const struct token *wanted = arg;

    (void)e;
    permission_spec_release(&t->permissions);
    if (permission_spec_copy(&t->permissions, &wanted->permissions) < 0)
        return ERR_NO_MEMORY;
    t->include_subgroups = wanted->include_subgroups;
    t->has_expires = wanted->has_expires;
    t->expires_us = wanted->expires_us;
    t->has_not_before = wanted->has_not_before;
    t->not_before_us = wanted->not_before_us;
    return 0;
}

static int save(struct request *req, struct app *app, struct token *t, const char *label,
                struct error *e)
{
    char id[SHA256_HEX_SIZE];
    int r = token_store_update(app->tokens, t->token, NULL, put_changes, t, e);

    token_view_id(t, id);
    if (r == 0)
        r = store_token_label_set(app->db, id, label, t->expires_us, e);
    if (r == 0)
        token_audit(req, app, ACTOR_CONSOLE, "token.put", t->group, t->token);
    return r;
}

static void check_end(struct app *app, struct form_view *v, const struct actor *actor,
                      const struct token *t)
{
    struct error e = {0};

    if (group_limits_check_invitation(app->db, actor, t->has_expires ? t->expires_us : 0, &e) < 0) {
        snprintf(e.place, sizeof e.place, "until"); /* the field */
        form_view_unsaved(v, ERR_FORBIDDEN, &e);
    }
}

/* A kind that the form leaves as it was is not checked: a person who may not invite operators may
 * still change the dates of an operator's invitation. */
static int read_rights(struct request *req, struct form_view *v, const struct form *form,
                       struct token *t)
{
    const char *kind = form_text(form, "kind");

    if (*t->group)
        t->include_subgroups = form_has(form, "subgroups");
    if (!*kind || strcmp(kind, token_kind_of(t)) == 0)
        return 0;
    return token_kind_set(req, v, t, t->group, kind);
}

void page_token_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"label",     "from", "until", "kind",
                                         "subgroups", "end",  NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct form_view v = {.zone = req->who.zone};
    struct token_place place;
    struct token token = {0};
    struct form form;
    struct error e = {0};
    const char *label, *path;
    int64_t end_us;
    bool is_end;
    int r = 0;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        !load(req, res, app, &place, &token)) {
        token_release(&token);
        return;
    }
    path = token_view_path(req, &token);
    if (form_was_used(req, res, app, &form, &actor, path)) {
        token_release(&token);
        return;
    }
    v.page = token_place_page(req, res, app, &place, TEXT("Error: invitation"));
    is_end = form_has(&form, "end");
    label = token_view_read_label(&v, &form);
    end_us = token.has_expires ? token.expires_us : 0;
    token_view_read_times(&v, &form, &token);
    if (is_end) {
        token.has_expires = true;
        token.expires_us = req->now_us;
    } else {
        r = read_rights(req, &v, &form, &token);
        if ((token.has_expires ? token.expires_us : 0) != end_us)
            check_end(app, &v, &actor, &token);
    }
    if (!is_end && form_view_has_problems(&v)) {
        show(req, res, app, v.page, &place, &token, &form, 422);
    } else {
        if (r == 0)
            r = save(req, app, &token, label, &e);
        if (r < 0)
            group_view_failed(req, res, app, r, &e);
        else
            page_done(req, res, app, path,
                      is_end ? "The invitation has ended. Who came in by it stays until they leave."
                             : "Saved.",
                      NULL);
    }
    token_release(&token);
}

void page_token_calendar(struct request *req, struct response *res, struct app *app)
{
    struct token_place place;
    struct token token = {0};
    char id[SHA256_HEX_SIZE];
    struct calendar_event event = {0};
    struct error e = {0};

    if (!load(req, res, app, &place, &token)) {
        token_release(&token);
        return;
    }
    token_view_id(&token, id);
    event = (struct calendar_event){
        .uid = id,
        .summary = place.name,
        .url = token_view_link(req, app, &token, place.link_group),
        .stamp_us = req->now_us,
        .start_us = token.not_before_us,
        .end_us = token.expires_us,
    };
    if (event.url)
        event.description = words_of(req, &place, &token, event.url);
    if (!event.url && !*place.link_group) {
        error_set(&e, ERR_NOT_FOUND, NULL, "choose first which group the link is for");
        page_error(req, res, app, 404, &e);
    } else if (!token.has_not_before || !token.has_expires) {
        error_set(&e, ERR_NOT_FOUND, NULL, "the invitation has no beginning: give it one first");
        page_error(req, res, app, 404, &e);
    } else if (!event.description || calendar_write(&res->body, &event) < 0) {
        error_set(&e, ERR_NO_MEMORY, NULL, "no memory for the calendar's file");
        page_error(req, res, app, 503, &e);
    } else {
        response_attachment(res, "text/calendar; charset=utf-8", "invitation.ics");
    }
    token_release(&token);
}

void page_token_poster(struct request *req, struct response *res, struct app *app)
{
    struct token_place place;
    struct token token = {0};
    struct json_object *page;
    const char *link;

    if (load(req, res, app, &place, &token)) {
        page = token_place_page(req, res, app, &place, TEXT("Poster"));
        link = token_view_link(req, app, &token, place.link_group);
        token_view_fields(req, app, page, &token);
        page_text(page, "named", token.username);
        page_text(page, "link", link);
        page_text(page, "description", place.description);
        if (link)
            qr_view_add(page, link);
        page_send(res, app, 200, "poster", page);
    }
    token_release(&token);
}

void page_tokens_made(struct request *req, struct response *res, struct app *app)
{
    const char *when = request_capture(req, "when");
    const struct token **tokens = NULL;
    struct json_object *page, *list;
    struct token_place place;
    struct error e = {0};
    uint64_t made_us;
    size_t n = 0;
    int r;

    if (!token_place_load(req, res, app, &place))
        return;
    r = token_store_list(app->tokens, place.group, &tokens, &n, &e);
    if (r < 0) {
        group_view_failed(req, res, app, r, &e);
        return;
    }
    page = token_place_page(req, res, app, &place, TEXT("Invitations"));
    list = page_list(page, "made");
    for (size_t i = 0; i < n && span_u64(span_str(when), &made_us); i++) {
        struct json_object *row;

        /* the file has milliseconds */
        if (!tokens[i]->has_issued_at ||
            tokens[i]->issued_at_us / US_PER_MS != (int64_t)made_us / US_PER_MS)
            continue;
        row = page_row(list);
        token_view_fields(req, app, row, tokens[i]);
        page_text(row, "link", token_view_link(req, app, tokens[i], place.link_group));
    }
    free(tokens);
    page_flag(page, "has_links", *place.link_group);
    page_flag(page, "has_made", list && json_object_array_length(list) > 0);
    page_send(res, app, 200, "tokens_made", page);
}
