#include "admin-cgi/handlers/page_tokens.h"

#include <stdlib.h>
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_audit.h"
#include "admin-cgi/store/store_form.h"
#include "admin-cgi/store/store_group.h"
#include "common/group_name.h"
#include "common/log.h"
#include "common/macros.h"
#include "common/now.h"
#include "common/server_origin.h"
#include "common/token_store_write.h"

static const struct log_ctx ctx = {.room = "invitations"};

static const struct {
    const char *word;
    const char *label;
    int64_t seconds;
} spans[] = {
    {"hour", "1 hour", 3600},        {"day", "1 day", 86400},
    {"week", "1 week", 7 * 86400},   {"month", "30 days", 30 * 86400},
    {"year", "1 year", 365 * 86400},
};

static const struct {
    const char *word;
    const char *label;
    const char *const permissions[5];
} kinds[] = {
    {"present", "Present and chat", {"present", "message", NULL}},
    {"message", "Watch and chat", {"message", NULL}},
    {"observe", "Watch only", {NULL}},
    {"op", "Operator", {"op", "present", "message", "token", NULL}},
};

static void audit(struct request *req, struct app *app, const char *action, const char *group,
                  const char *token)
{
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct audit_entry entry = {.action = action, .object_kind = "token", .result = "ok"};
    struct error e = {0};

    entry.object = arena_printf(req->arena, "%s %.4s...", group, token);
    if (store_audit_add(app->db, &actor, &entry, &e) < 0)
        log_warn(&ctx, "an invitation's change is not in the audit log: %s", e.text);
}

static const char *permissions_text(struct arena *a, const struct token *t)
{
    bool is_nothing = t->permissions.role == ROLE_NONE || t->permissions.role == ROLE_OBSERVE ||
                      (t->permissions.role == ROLE_ARRAY && t->permissions.n_names == 0);

    return is_nothing ? "watch only" : group_view_role(a, &t->permissions);
}

static const char *link_of(struct request *req, struct app *app, const char *group,
                           const char *token)
{
    struct buf base = {0};
    const char *link = NULL;

    server_config_base_url(&base, app_config(app), span_str(req->host), req->is_tls);
    if (buf_check(&base) == 0)
        link = arena_printf(req->arena, "%s/group/%s/?token=%s", buf_str(&base),
                            page_encode(req->arena, group, true),
                            page_encode(req->arena, token, false));
    buf_release(&base);
    return link;
}

static void add_row(struct request *req, struct app *app, struct json_object *list,
                    const char *group, const struct token *t)
{
    struct json_object *row = page_row(list);

    page_text(row, "token", t->token);
    page_text(row, "link", link_of(req, app, group, t->token));
    page_text(row, "user", t->username ? t->username : "any name");
    page_text(row, "may", permissions_text(req->arena, t));
    page_time(row, "until", t->has_expires ? t->expires_us : 0);
    page_flag(row, "valid", token_is_valid_for(t, span_str(group), req->now_us));
    page_flag(row, "subgroups", t->include_subgroups);
    page_text(row, "by", t->issued_by);
}

static void add_options(struct json_object *page, const struct form *form)
{
    const char *span = form ? form_text(form, "span") : "day";
    const char *kind = form ? form_text(form, "kind") : "present";
    struct json_object *list = page_list(page, "spans");

    for (size_t i = 0; i < LENGTH(spans); i++)
        form_option(list, spans[i].word, spans[i].label, NULL, span);
    list = page_list(page, "kinds");
    for (size_t i = 0; i < LENGTH(kinds); i++)
        form_option(list, kinds[i].word, kinds[i].label, NULL, kind);
}

static void show(struct request *req, struct response *res, struct app *app, struct form_view *v,
                 const struct group_record *group, const struct form *form, int status)
{
    struct json_object *list = page_list(v->page, "tokens");
    const struct token **tokens = NULL;
    struct error e = {0};
    size_t n = 0;
    int r = token_store_list(app->tokens, group->file.name, &tokens, &n, &e);

    if (r < 0) {
        group_view_failed(req, res, app, r, &e);
        return;
    }
    for (size_t i = 0; i < n; i++)
        add_row(req, app, list, group->file.name, tokens[i]);
    free(tokens);
    page_flag(v->page, "has_tokens", n > 0);
    page_text(v->page, "username", form ? form_text(form, "username") : "");
    page_flag(v->page, "with_subgroups", form && form_has(form, "subgroups"));
    add_options(v->page, form);
    page_send(res, app, status, "tokens", v->page);
}

void page_tokens(struct request *req, struct response *res, struct app *app)
{
    struct group_record group;
    struct form_view v = {0};

    if (!group_view_load(req, res, app, &group))
        return;
    v.page = group_view_page(req, res, app, &group, "tokens", "Invitations");
    show(req, res, app, &v, &group, NULL, 200);
}

static int set_permissions(struct form_view *v, struct token *t, const char *kind)
{
    for (size_t i = 0; i < LENGTH(kinds); i++) {
        size_t n = 0;

        if (strcmp(kind, kinds[i].word) != 0)
            continue;
        while (kinds[i].permissions[n])
            n++;
        return permission_spec_literal(&t->permissions, kinds[i].permissions, n);
    }
    form_view_problem(v, "kind", "Choose what the invited may do.");
    return 0;
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

/* @param t zeroed; released by the caller */
static int token_of(struct request *req, struct form_view *v, const struct form *form,
                    const char *group, struct token *t, struct error *e)
{
    const char *user = form_text(form, "username");
    char name[TOKEN_NAME_SIZE];
    int r = token_new_name(name);

    if (user_name_check(span_str(user), e) < 0)
        form_view_problem(v, "username", "This cannot be a user name: %s.", e->text);
    if (strcmp(form_text(form, "kind"), "op") == 0 && !principal_may(&req->who, group, CAP_EDIT))
        form_view_problem(v, "kind", "You may not invite operators.");
    set_expiry(v, t, form_text(form, "span"), req->now_us);
    if (r == 0)
        r = set_permissions(v, t, form_text(form, "kind"));
    if (r < 0)
        return r;
    t->include_subgroups = form_has(form, "subgroups");
    t->has_issued_at = true;
    t->issued_at_us = req->now_us;
    t->token = span_dup(span_str(name));
    t->group = span_dup(span_str(group));
    t->issued_by = span_dup(span_str(req->who.name));
    t->username = *user ? span_dup(span_str(user)) : NULL;
    return t->token && t->group && t->issued_by && (t->username || !*user) ? 0 : ERR_NO_MEMORY;
}

/* The file of tokens is outside the database's transaction: a form whose invitation could not be
 * made must not count as used up. */
static int add_once(struct app *app, const struct token *token, const struct actor *actor,
                    struct error *e)
{
    int r = store_form_use(app->db, actor, e);

    if (r < 0)
        return r;
    r = token_store_add(app->tokens, token, e);
    if (r < 0 && store_form_forget(app->db, actor, NULL) < 0)
        log_warn(&ctx, "a form that failed counts as used");
    return r;
}

void page_tokens_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"username", "kind", "span", "subgroups", NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct group_record group;
    struct form_view v = {0};
    struct token token = {0};
    struct form form;
    struct error e = {0};
    const char *path;
    int status = 422;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        !group_view_load(req, res, app, &group))
        return;
    path = page_group_path(req->arena, group.file.name, ".tokens/");
    if (form_was_used(req, res, app, &form, &actor, path))
        return;
    v.page = group_view_page(req, res, app, &group, "tokens", "Error: invitations");
    r = token_of(req, &v, &form, group.file.name, &token, &e);
    if (r == 0 && !form_view_has_problems(&v)) {
        r = add_once(app, &token, &actor, &e);
        if (r == 0) {
            audit(req, app, "token.post", group.file.name, token.token);
            page_done(req, res, app, path, "The invitation was made. Its link is in the list.",
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
        show(req, res, app, &v, &group, &form, status);
    else if (r < 0)
        group_view_failed(req, res, app, r, &e);
}

void page_token_delete_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"token", NULL};
    const char *group = request_capture(req, "group");
    const char *path = page_group_path(req->arena, group, ".tokens/");
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    const struct token *present;
    struct form form;
    struct error e = {0};
    const char *token;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, path))
        return;
    token = form_text(&form, "token");
    r = token_store_get(app->tokens, token, &present, &e);
    if (r == ERR_NOT_FOUND) {
        page_done(req, res, app, path, "The invitation had been removed already.", NULL);
        return;
    }
    if (r == 0 && strcmp(present->group, group) != 0)
        r = error_set(&e, ERR_NOT_FOUND, NULL, "there is no such invitation");
    if (r == 0)
        r = token_store_delete(app->tokens, token, NULL, &e);
    if (r < 0) {
        group_view_failed(req, res, app, r, &e);
        return;
    }
    audit(req, app, "token.delete", group, token);
    page_done(req, res, app, path,
              "The invitation was removed. Who came in by it stays until they leave.", NULL);
}
