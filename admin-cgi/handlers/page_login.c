/* Signing in and out, and proving the password again (spec/console.md 6, S1-S7). */
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/auth.h"
#include "admin-cgi/csrf.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/pages.h"
#include "admin-cgi/handlers/sign_in.h"
#include "admin-cgi/page.h"
#include "admin-cgi/session.h"
#include "admin-cgi/shared.h"
#include "admin-cgi/store/actor.h"
#include "admin-cgi/store/store_account.h"
#include "admin-cgi/store/store_audit.h"
#include "admin-cgi/store/store_group.h"
#include "admin-cgi/store/store_session.h"
#include "admin-cgi/store/store_throttle.h"
#include "common/group_name.h"
#include "common/log.h"
#include "common/now.h"
#include "common/throttle.h"

#define THROTTLE_KIND "console-account"

static const struct log_ctx ctx = {.room = "login"};

/** Who a name and password turned out to be. */
struct credentials {
    const char *name;
    const char *password;
    const char *group;  /* "" for an account or an administrator of config.json */
    int64_t account_id; /* result: 0 for the others */
};

static void show(struct response *res, struct app *app, struct form_view *v, int status,
                 const char *next, const struct credentials *c)
{
    page_text(v->page, "next", next ? next : "");
    page_text(v->page, "name", c ? c->name : "");
    page_text(v->page, "group", c ? c->group : "");
    page_flag(v->page, "has_group", c && c->group[0]);
    page_send(res, app, status, "login", v->page);
}

void page_login(struct request *req, struct response *res, struct app *app)
{
    struct form_view v = {.page = page_new(req, res, app, "Sign in", NULL)};
    const char *next = NULL;
    struct error e = {0};

    if (request_query(req, "next", &next, &e) < 0)
        page_error(req, res, app, 400, &e);
    else
        show(res, app, &v, 200, next, NULL);
}

static int match_account(struct request *req, struct app *app, struct credentials *c)
{
    struct account account;
    struct error e = {0};
    struct span password = span_str(c->password);
    int r = store_account_find(app->db, req->arena, span_str(c->name), &account, &e);

    if (r == 0 && !account.is_disabled && account.pw_hash[0]) {
        r = auth_match_account(app, span_str(c->name), password, account.pw_hash, req->now_us);
        c->account_id = account.id;
        return r;
    }
    if (r == 0)
        r = ERR_NOT_FOUND; /* as if it were not there */
    return r;
}

static int match_config(struct request *req, struct app *app, struct credentials *c)
{
    const struct group_user *user = server_config_user(app_config(app), span_str(c->name));

    if (!user || user->permissions.role != ROLE_ADMIN)
        return ERR_NOT_FOUND;
    return auth_match_password(app, "config", span_str(c->name), span_str(c->password),
                               &user->password, req->now_us);
}

static int match_group(struct request *req, struct app *app, struct credentials *c)
{
    struct group_record group;
    const struct group_user *user;
    const char *scope;

    if (group_name_check(span_str(c->group), NULL) < 0 ||
        store_group_get(app->db, req->arena, c->group, req->now_us, &group, NULL) < 0)
        return ERR_NOT_FOUND;
    user = group_desc_user(group.desc, span_str(c->name));
    if (!user || user->permissions.role != ROLE_ADMIN)
        return ERR_NOT_FOUND;
    scope = arena_printf(req->arena, "group:%s", c->group);
    return scope ? auth_match_password(app, scope, span_str(c->name), span_str(c->password),
                                       &user->password, req->now_us)
                 : ERR_NO_MEMORY;
}

/* Every outcome costs one hash, and a name that is not there looks like a wrong password (S7). */
static int match(struct request *req, struct app *app, struct credentials *c)
{
    int r;

    if (c->group[0]) {
        r = match_group(req, app, c);
    } else {
        r = match_account(req, app, c);
        if (r == ERR_NOT_FOUND)
            r = match_config(req, app, c);
    }
    return r == ERR_NOT_FOUND ? auth_match_nobody(app, span_str(c->password)) : r;
}

static void audit(struct request *req, struct app *app, const struct credentials *c,
                  const char *result)
{
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct audit_entry entry = {
        .action = "login", .object_kind = "account", .object = c->name, .result = result};
    struct error e = {0};

    actor.name = c->name;
    if (store_audit_add(app->db, &actor, &entry, &e) < 0)
        log_warn(&ctx, "a sign-in was not written to the audit log: %s", e.text);
}

static void too_many(struct response *res, struct app *app, struct form_view *v, const char *next,
                     const struct credentials *c, int64_t wait_us)
{
    int64_t seconds = wait_us / US_PER_S + 1;

    shared_add(app->shared, COUNTER_THROTTLED);
    form_view_problem(v, "name", "Too many failed attempts. Try again in %lld %s.",
                      (long long)(seconds > 90 ? seconds / 60 + 1 : seconds),
                      seconds > 90 ? "minutes" : "seconds");
    show(res, app, v, 429, next, c);
    response_header_f(res, "Retry-After", "%lld", (long long)seconds);
}

static void refused(struct request *req, struct response *res, struct app *app, struct form_view *v,
                    const char *next, const struct credentials *c, const char *key)
{
    struct error e = {0};

    shared_add(app->shared, COUNTER_LOGIN_REFUSED);
    if (store_throttle_failure(app->db, THROTTLE_KIND, key, &throttle_console_account, req->now_us,
                               &e) < 0)
        log_warn(&ctx, "a failed sign-in was not counted: %s", e.text);
    audit(req, app, c, "refused");
    form_view_problem(v, "password", "The name or the password is wrong.");
    show(res, app, v, 422, next, c);
}

static int accepted(struct request *req, struct response *res, struct app *app,
                    const struct credentials *c, const char *next, const char *key, struct error *e)
{
    int r = store_throttle_success(app->db, THROTTLE_KIND, key, e);

    shared_add(app->shared, COUNTER_LOGIN_OK);
    audit(req, app, c, "ok");
    if (r == 0 && c->account_id)
        r = store_account_note_login(app->db, c->account_id, req->client_address, req->now_us, e);
    if (r == 0)
        r = sign_in(req, res, app, c->account_id, c->group, c->account_id ? "" : c->name, next, e);
    return r;
}

void page_login_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"name", "password", "group", "next", NULL};
    struct form_view v = {0};
    struct credentials c = {0};
    struct form form;
    struct error e = {0};
    const char *next;
    const char *key;
    int64_t wait_us = 0;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0)
        return;
    c.name = form_text(&form, "name");
    c.password = form_text(&form, "password");
    c.group = form_text(&form, "group");
    next = form_text(&form, "next");
    v.page = page_new(req, res, app, "Error: sign in", NULL);
    key = arena_printf(req->arena, "%s|%s", c.group, c.name);
    r = key ? store_throttle_wait(app->db, THROTTLE_KIND, key, &throttle_console_account,
                                  req->now_us, &wait_us, &e)
            : ERR_NO_MEMORY;
    if (r == 0 && wait_us > 0) {
        too_many(res, app, &v, next, &c, wait_us);
        return;
    }
    if (r == 0)
        r = match(req, app, &c);
    if (r == ERR_DENIED) {
        refused(req, res, app, &v, next, &c, key);
        return;
    }
    if (r == ERR_BUSY) {
        too_many(res, app, &v, next, &c, 2 * US_PER_S);
        return;
    }
    if (r == 0)
        r = accepted(req, res, app, &c, next, key, &e);
    if (r < 0)
        page_error(req, res, app, err_http_status(r), &e);
}

void page_logout(struct request *req, struct response *res, struct app *app)
{
    const char *cookie = request_cookie(req, SESSION_COOKIE);
    struct error e = {0};

    if (cookie && store_session_end(app->db, cookie, &e) < 0) {
        page_error(req, res, app, 503, &e);
        return;
    }
    response_cookie(res, SESSION_COOKIE, "", 0);
    response_header(res, "Clear-Site-Data", "\"cache\"");
    response_redirect(res, 303, "/admin/login");
}

void page_confirm(struct request *req, struct response *res, struct app *app)
{
    struct form_view v = {.page = page_new(req, res, app, "Is it you?", NULL)};
    const char *next = NULL;
    struct error e = {0};

    if (request_query(req, "next", &next, &e) < 0) {
        page_error(req, res, app, 400, &e);
        return;
    }
    page_text(v.page, "next", next ? next : "");
    page_send(res, app, 200, "confirm", v.page);
}

void page_confirm_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"password", "next", NULL};
    struct form_view v = {0};
    struct credentials c = {.name = req->who.name, .group = ""};
    struct form form;
    struct error e = {0};
    char id[SESSION_ID_SIZE];
    const char *next;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0)
        return;
    c.password = form_text(&form, "password");
    next = form_text(&form, "next");
    if (req->who.kind == PRINCIPAL_GROUP_USER && req->who.n_scopes > 0)
        c.group = req->who.scopes[0].prefix;
    r = match(req, app, &c);
    if (r == 0)
        r = store_session_renew(app->db, request_cookie(req, SESSION_COOKIE), req->now_us, id, &e);
    if (r == 0) {
        response_cookie(res, SESSION_COOKIE, id, 12 * 3600);
        response_redirect(res, 303, sign_in_next(next));
    } else if (r == ERR_DENIED) {
        v.page = page_new(req, res, app, "Error: is it you?", NULL);
        page_text(v.page, "next", next);
        form_view_problem(&v, "password", "The password is wrong.");
        page_send(res, app, 422, "confirm", v.page);
    } else {
        page_error(req, res, app, err_http_status(r), &e);
    }
}
