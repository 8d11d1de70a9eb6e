#include "admin-cgi/handlers/page_tokens.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/token_audit.h"
#include "admin-cgi/handlers/token_kind.h"
#include "admin-cgi/handlers/token_place.h"
#include "admin-cgi/handlers/token_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/site/group_limits.h"
#include "admin-cgi/store/db_transaction.h"
#include "admin-cgi/store/store_form.h"
#include "admin-cgi/store/store_token_label.h"
#include "admin-cgi/zone.h"
#include "common/group_name.h"
#include "common/log.h"
#include "common/macros.h"
#include "common/now.h"
#include "common/token_store_write.h"

static const struct log_ctx ctx = {.room = "invitations"};

enum { PEOPLE_MAX = 500 };
#define SPAN_DEFAULT "days"

static const struct {
    const char *word;
    const char *label;
    int64_t seconds;
} spans[] = {
    {"hour", TEXT("1 hour"), 3600},
    {"day", TEXT("1 day"), 86400},
    {SPAN_DEFAULT, TEXT("2 days"), 2 * 86400},
    {"week", TEXT("1 week"), 7 * 86400},
    {"month", TEXT("30 days"), 30 * 86400},
    {"year", TEXT("1 year"), 365 * 86400},
};

static void add_options(struct json_object *page, const struct form *form)
{
    const char *span = form ? form_text(form, "span") : SPAN_DEFAULT;
    struct json_object *list = page_list(page, "spans");

    for (size_t i = 0; i < LENGTH(spans); i++)
        form_option(list, spans[i].word, say(page_arena(page), spans[i].label), NULL, span);
    token_kind_options(page, form && form_has(form, "kind") ? form_text(form, "kind")
                                                            : TOKEN_KIND_DEFAULT);
}

static void show(struct request *req, struct response *res, struct app *app, struct form_view *v,
                 const struct token_place *place, const struct form *form, int status)
{
    struct json_object *list = page_list(v->page, "tokens");
    const struct token **tokens = NULL;
    struct error e = {0};
    size_t n = 0;
    int r = token_store_list(app->tokens, place->group, &tokens, &n, &e);

    if (r < 0) {
        group_view_failed(req, res, app, r, &e);
        return;
    }
    for (size_t i = 0; i < n; i++)
        token_view_fields(req, app, page_row(list), tokens[i]);
    free(tokens);
    page_flag(v->page, "has_tokens", n > 0);
    page_text(v->page, "username", form ? form_text(form, "username") : "");
    page_text(v->page, "people", form ? form_text(form, "people") : "");
    page_text(v->page, "new_label", form ? form_text(form, "label") : "");
    page_text(v->page, "from", form ? form_text(form, "from") : "");
    page_text(v->page, "until", form ? form_text(form, "until") : "");
    page_text(v->page, "zone_name", zone_name(req->who.zone));
    page_text(v->page, "group_query", page_encode(req->arena, place->group, false));
    page_flag(v->page, "with_subgroups", form && form_has(form, "subgroups"));
    add_options(v->page, form);
    page_send(res, app, status, "tokens", v->page);
}

void page_tokens(struct request *req, struct response *res, struct app *app)
{
    struct token_place place;
    struct form_view v = {0};

    if (!token_place_load(req, res, app, &place))
        return;
    v.page = token_place_page(req, res, app, &place, TEXT("Invitations"));
    show(req, res, app, &v, &place, NULL, 200);
}

static void set_expiry(struct form_view *v, struct token *t, const char *span, int64_t now_us)
{
    for (size_t i = 0; i < LENGTH(spans); i++) {
        if (strcmp(span, spans[i].word) == 0) {
            t->has_expires = true;
            t->expires_us = now_us + spans[i].seconds * US_PER_S;
        }
    }
    if (!t->has_expires)
        form_view_problem(v, "span", "Choose how long the invitation is valid.");
}

static int rename_token(struct token *t)
{
    char name[TOKEN_NAME_SIZE];
    int r = token_new_name(name);

    free(t->token);
    t->token = r == 0 ? span_dup(span_str(name)) : NULL;
    return t->token ? 0 : ERR_NO_MEMORY;
}

/* @param user "" for any name; @param t zeroed, released by the caller */
static int token_of(struct request *req, struct form_view *v, const struct form *form,
                    const char *group, struct span user, struct token *t, struct error *e)
{
    int r;

    if (user_name_check(span_str(form_text(form, "username")), e) < 0)
        form_view_problem(v, "username", "This cannot be a user name: %s.", e->text);
    if (!*form_text(form, "until"))
        set_expiry(v, t, form_text(form, "span"), req->now_us);
    token_view_read_times(v, form, t);
    if (t->has_expires && t->expires_us <= req->now_us && !form_view_problem_of(v, "until"))
        form_view_problem(v, "until", "This time is over already: nobody could come in.");
    r = token_kind_set(req, v, t, group, form_text(form, "kind"));
    if (r < 0)
        return r;
    t->include_subgroups = !*group || form_has(form, "subgroups");
    t->has_issued_at = true;
    t->issued_at_us = req->now_us;
    t->group = span_dup(span_str(group));
    t->issued_by = span_dup(span_str(req->who.name));
    t->username = user.len > 0 ? span_dup(user) : NULL;
    if (!t->group || !t->issued_by || (user.len > 0 && !t->username))
        return ERR_NO_MEMORY;
    return rename_token(t);
}

/* The invitations of one form, which differ in name and token. */
struct batch {
    struct token *tokens; /* owned, as they are */
    size_t n;
};

static void batch_release(struct batch *b)
{
    for (size_t i = 0; i < b->n; i++)
        token_release(&b->tokens[i]);
    free(b->tokens);
}

static bool has_name(const struct batch *b, struct span name)
{
    for (size_t i = 0; i < b->n; i++) {
        if (b->tokens[i].username && span_eq_str(name, b->tokens[i].username))
            return true;
    }
    return false;
}

/* The first one, and one for each further name of the list that is not there yet. */
static int make_batch(struct batch *b, const struct token *first, struct span names)
{
    struct span name;

    b->tokens = calloc(PEOPLE_MAX + 1, sizeof *b->tokens);
    if (!b->tokens)
        return ERR_NO_MEMORY;
    if (token_copy(&b->tokens[b->n++], first) < 0)
        return ERR_NO_MEMORY;
    while (b->n < PEOPLE_MAX && span_split(&names, '\n', &name)) {
        struct token *t = &b->tokens[b->n];
        int r;

        name = span_trim(name);
        if (name.len == 0 || has_name(b, name))
            continue;
        b->n++;
        r = token_copy(t, first);
        free(t->username);
        t->username = r == 0 ? span_dup(name) : NULL;
        if (!t->username)
            return ERR_NO_MEMORY;
        r = rename_token(t);
        if (r < 0)
            return r;
    }
    return 0;
}

/* Invitations that were made stay, whatever becomes of their label. */
static void keep_labels(struct request *req, struct app *app, const struct batch *b,
                        const char *label)
{
    const struct token **tokens = arena_array(req->arena, b->n, sizeof *tokens);
    const char **ids = arena_array(req->arena, b->n, sizeof *ids);
    struct error e = {0};

    for (size_t i = 0; tokens && ids && i < b->n; i++) {
        char id[SHA256_HEX_SIZE];

        token_view_id(&b->tokens[i], id);
        ids[i] = arena_str(req->arena, id);
        tokens[i] = &b->tokens[i];
    }
    if (!tokens || !ids || req->arena->bad) {
        log_warn(&ctx, "no memory for the labels of invitations");
        return;
    }
    if (*label &&
        store_token_label_set_all(app->db, ids, b->n, label, b->tokens[0].expires_us, &e) < 0)
        log_warn(&ctx, "an invitation's label was not kept: %s", e.text);
    token_audit_all(req, app, "token.post", tokens, b->n);
}

/* The form, the invitations with their label, and the rows of the log. The file of tokens is
 * outside the database: what it says comes before the commit, so that a form whose invitations were
 * not made does not count as used up. */
static int add_batch(struct request *req, struct app *app, const struct batch *b, const char *label,
                     const struct actor *actor, struct error *e)
{
    const struct token *first = &b->tokens[0];
    int r = group_limits_check_invitation(app->db, actor,
                                          first->has_expires ? first->expires_us : 0, e);

    if (r == ERR_FORBIDDEN)
        snprintf(e->place, sizeof e->place, "until"); /* the field */
    if (r == 0)
        r = store_form_begin(app->db, actor, e);
    if (r < 0)
        return r;
    r = token_store_add_all(app->tokens, b->tokens, b->n, e);
    if (r == 0)
        keep_labels(req, app, b, label);
    return db_finish(app->db, true, r, e);
}

static int make_all(struct request *req, struct app *app, const struct token *first,
                    struct span names, const char *label, const struct actor *actor,
                    struct error *e)
{
    struct batch b = {0};
    int r = make_batch(&b, first, names);

    if (r == 0)
        r = add_batch(req, app, &b, label, actor, e);
    batch_release(&b);
    return r;
}

/* @param first the first name of the list; empty: there is no list */
static void check_people(struct form_view *v, const struct form *form, struct span *first,
                         struct span *rest)
{
    struct span names = span_str(form_text(form, "people")), name;
    struct error e = {0};
    size_t n = 0;

    *first = (struct span){0};
    while (span_split(&names, '\n', &name)) {
        name = span_trim(name);
        if (name.len == 0)
            continue;
        if (n++ == 0) {
            *first = name;
            *rest = names;
        }
        if (user_name_check(name, &e) < 0) {
            char shown[80];

            form_view_problem(v, "people", "%s cannot be a user name: %s.",
                              span_printable(name, shown, sizeof shown), e.text);
            return;
        }
    }
    if (n > PEOPLE_MAX)
        form_view_problem(v, "people", "At most %d names at once.", PEOPLE_MAX);
    if (n > 0 && *form_text(form, "username"))
        form_view_problem(v, "username", "Give one name, or a list of names, not both.");
}

/* Where the result is shown: the card of one, the sheet of several. */
static const char *result_path(struct request *req, const struct token *t, bool is_list)
{
    if (!is_list)
        return token_view_path(req, t);
    return arena_printf(req->arena, "%s.made/%lld", token_place_base(req, t->group),
                        (long long)t->issued_at_us);
}

void page_tokens_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"username", "people", "label",     "kind", "span",
                                         "from",     "until",  "subgroups", NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct span first = {0}, rest = {0};
    struct token_place place;
    struct form_view v = {.zone = req->who.zone};
    struct token token = {0};
    struct form form;
    struct error e = {0};
    const char *path, *label;
    int status = 422;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        !token_place_load(req, res, app, &place))
        return;
    v.page = token_place_page(req, res, app, &place, TEXT("Error: invitations"));
    check_people(&v, &form, &first, &rest);
    label = token_view_read_label(&v, &form);
    r = token_of(req, &v, &form, place.group,
                 first.len > 0 ? first : span_str(form_text(&form, "username")), &token, &e);
    path = r == 0 ? result_path(req, &token, first.len > 0) : place.base;
    if (form_was_used(req, res, app, &form, &actor, path)) {
        token_release(&token);
        return;
    }
    if (r == 0 && !form_view_has_problems(&v)) {
        r = make_all(req, app, &token, rest, label, &actor, &e);
        if (r == 0) {
            page_done(req, res, app, path, "Made. Who has the link comes in without a password.",
                      NULL);
            status = 0;
        }
    }
    token_release(&token);
    if (form_came_second(req, res, app, &actor, r))
        return;
    if (r < 0)
        status = form_view_unsaved(&v, r, &e);
    if (status)
        show(req, res, app, &v, &place, &form, status);
    else if (r < 0)
        group_view_failed(req, res, app, r, &e);
}

void page_token_delete_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"token", NULL};
    const char *group = request_capture(req, "group") ? request_capture(req, "group") : "";
    const char *path = token_place_base(req, group);
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    const struct token *present;
    struct token token = {0};
    struct form form;
    struct error e = {0};
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, path))
        return;
    r = token_view_find(app, group, form_text(&form, "token"), &present, &e);
    if (r == ERR_NOT_FOUND) {
        page_done(req, res, app, path, "The invitation had been removed already.", NULL);
        return;
    }
    if (r == 0)
        r = token_copy(&token, present);
    if (r == 0)
        r = token_store_delete(app->tokens, token.token, NULL, &e);
    if (r == 0)
        r = store_token_label_set(app->db, form_text(&form, "token"), "", 0, &e);
    if (r < 0) {
        group_view_failed(req, res, app, r, &e);
    } else {
        token_audit(req, app, ACTOR_CONSOLE, "token.delete", group, token.token);
        page_done(req, res, app, path,
                  "The invitation was removed. Who came in by it stays until they leave.", NULL);
    }
    token_release(&token);
}
