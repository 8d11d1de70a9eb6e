#include "admin-cgi/session.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/auth.h"
#include "admin-cgi/csrf.h"
#include "admin-cgi/form.h"
#include "admin-cgi/kept_form.h"
#include "admin-cgi/page.h"
#include "admin-cgi/page_language.h"
#include "admin-cgi/say.h"
#include "admin-cgi/shared.h"
#include "admin-cgi/site/site_value.h"
#include "admin-cgi/store/store_account.h"
#include "admin-cgi/store/store_group.h"
#include "admin-cgi/store/store_session.h"
#include "common/http_status.h"
#include "common/macros.h"
#include "common/now.h"

#define PROOF_MAX_US (10 * 60 * US_PER_S)

/* An administrator who was taken out of config.json has no session any more. */
static int config_principal(struct app *app, const struct session *s, struct principal *who)
{
    const struct group_user *user = server_config_user(app_config(app), span_str(s->user));

    if (!user || !auth_is_admin(&user->permissions))
        return ERR_NOT_FOUND;
    who->kind = PRINCIPAL_CONFIG;
    who->is_server_admin = true;
    who->name = s->user;
    return 0;
}

static int group_principal(struct request *req, struct app *app, const struct session *s,
                           struct principal *who, struct error *e)
{
    struct group_record group;
    const struct group_user *user;
    struct scope *scope;
    int r = store_group_get(app->db, req->arena, s->group, req->now_us, &group, e);

    if (r < 0)
        return r;
    user = group_desc_user(group.desc, span_str(s->user));
    if (!user || !auth_is_admin(&user->permissions))
        return ERR_NOT_FOUND;
    scope = arena_alloc(req->arena, sizeof *scope);
    if (!scope)
        return error_set(e, ERR_NO_MEMORY, NULL, "no memory for a session");
    *scope = (struct scope){.prefix = s->group, .caps = CAP_ALL & ~(unsigned)CAP_CREATE};
    who->kind = PRINCIPAL_GROUP_USER;
    who->name = s->user;
    who->scopes = scope;
    who->n_scopes = 1;
    return 0;
}

static int account_of_session(struct request *req, struct app *app, const struct session *s,
                              struct principal *who, struct error *e)
{
    struct account account;
    int r = store_account_get(app->db, req->arena, s->account_id, &account, e);

    if (r < 0)
        return r;
    if (account.is_disabled)
        return ERR_NOT_FOUND;
    *who = account_principal(&account);
    who->must_enrol = !account.has_totp && site_demands_code(app->db, &account);
    return 0;
}

/* Does this say that the person may not be there any more? All else is a failure of ours. */
static bool is_gone(int r)
{
    return r == ERR_NOT_FOUND || r == ERR_WRONG_STATE || r == ERR_SYNTAX || r == ERR_INVALID;
}

int session_find(struct request *req, struct app *app, struct error *e)
{
    const char *cookie = request_cookie(req, SESSION_COOKIE);
    struct principal who = {0};
    struct session session;
    int r;

    if (!cookie || !*cookie)
        return 0;
    r = store_session_find(app->db, req->arena, cookie, req->now_us, &session, e);
    if (r == ERR_NOT_FOUND)
        return 0;
    if (r < 0)
        return r;
    if (session.account_id)
        r = account_of_session(req, app, &session, &who, e);
    else if (session.group[0])
        r = group_principal(req, app, &session, &who, e);
    else
        r = config_principal(app, &session, &who);
    if (r < 0)
        return is_gone(r) ? 0 : r;
    if (!who.zone || !*who.zone)
        who.zone = site_text(app->db, req->arena, SITE_DEFAULT_ZONE);
    who.session_id = session.id;
    who.proved_at_us = session.proved_at_us;
    who.session_idle_us = session.last_seen_us + session.idle_us;
    who.session_ends_us = session.expires_us;
    req->who = who;
    return 0;
}

static const char *here(struct request *req)
{
    struct span path = req->raw_path;

    if (req->raw_query.len) /* path and query stand in one string */
        path.len += 1 + req->raw_query.len;
    return page_encode(req->arena, arena_dup(req->arena, path), false);
}

static int send_away(struct request *req, struct response *res, const char *to)
{
    const char *location = to;

    if (req->method == METHOD_GET || req->who.session_id)
        location = arena_printf(req->arena, "%s?next=%s", to, here(req));
    response_redirect(res, 303, location ? location : to);
    return ERR_DENIED;
}

static int refuse(struct request *req, struct response *res, struct app *app, int status,
                  const struct error *e)
{
    page_error(req, res, app, status, e);
    return ERR_FORBIDDEN;
}

static unsigned caps_of(enum access access)
{
    static const unsigned caps[] = {
        [ACCESS_VIEW] = CAP_VIEW,     [ACCESS_MODERATE] = CAP_MODERATE,
        [ACCESS_EDIT] = CAP_EDIT,     [ACCESS_INVITE] = CAP_INVITE,
        [ACCESS_RECORD] = CAP_RECORD, [ACCESS_CREATE] = CAP_CREATE,
    };

    return access < LENGTH(caps) ? caps[access] : 0;
}

static const char *right_name(enum access access)
{
    static const char *const names[] = {
        [ACCESS_VIEW] = "view",     [ACCESS_MODERATE] = "moderate",
        [ACCESS_EDIT] = "edit",     [ACCESS_INVITE] = "invite",
        [ACCESS_RECORD] = "record", [ACCESS_CREATE] = "create",
        [ACCESS_AUDIT] = "auditor", [ACCESS_SERVER] = "server administrator",
    };

    return names[access];
}

bool session_may(const struct principal *who, enum access access, const char *group)
{
    if (access == ACCESS_PUBLIC || access == ACCESS_PRESESSION || access == ACCESS_SESSION)
        return true;
    if (access == ACCESS_SERVER)
        return who->is_server_admin;
    if (access == ACCESS_AUDIT)
        return who->is_server_admin || who->is_auditor;
    if (group)
        return principal_may(who, group, caps_of(access));
    return principal_may_anywhere(who, caps_of(access));
}

static int check_right(struct request *req, struct response *res, struct app *app,
                       const struct route *route)
{
    const char *group = request_capture(req, "group+");
    struct error e = {0};

    if (!group)
        group = request_capture(req, "group");
    if (session_may(&req->who, route->access, group))
        return 0;
    error_set(&e, ERR_FORBIDDEN, NULL, "this needs the right \"%s\"", right_name(route->access));
    return refuse(req, res, app, 403, &e);
}

/* The token of a form, before its handler parses the rest. */
static int check_form(struct request *req, struct response *res, struct app *app, struct form *form)
{
    struct error e = {0};

    if (request_is_safe(req))
        return 0;
    if (!request_is_type(req, "application/x-www-form-urlencoded")) {
        error_set(&e, ERR_MEDIA_TYPE, NULL, "this is not a form");
        return refuse(req, res, app, 415, &e);
    }
    if (form_parse(form, req->arena, req->body, &e) < 0)
        return refuse(req, res, app, 400, &e);
    if (csrf_check(req, app, form_get(form, "csrf"), &e) < 0) {
        shared_add(app->shared, COUNTER_FOREIGN_REFUSED);
        return refuse(req, res, app, 403, &e);
    }
    return 0;
}

/* Ask for the password in place of carrying the form out, which waits on that page meanwhile.
 * @param form NULL, or too large to wait: only the way back is kept */
static int ask_password(struct request *req, struct response *res, struct app *app,
                        const struct form *form, const char *template, const char *path)
{
    const char *kept = form ? kept_form_seal(req, app, form) : NULL;
    struct json_object *page;

    if (!kept)
        return send_away(req, res, path);
    page = page_new(req, res, app, "Your password is needed", NULL);
    page_text(page, KEPT_FORM_FIELD, kept);
    page_send(res, app, 403, template, page);
    return ERR_DENIED;
}

/* A form of ours whose session has ended meanwhile: its cookie and token still fit. */
static const struct form *ended_form(struct request *req, struct app *app, struct form *form)
{
    bool fits = !request_is_safe(req) &&
                request_is_type(req, "application/x-www-form-urlencoded") &&
                form_parse(form, req->arena, req->body, NULL) == 0 &&
                csrf_check_ended(req, app, form_get(form, "csrf"), NULL) == 0;

    return fits ? form : NULL;
}

/* Signing out when the session has ended by itself is no error; there is nothing to protect. */
static int forget_session(struct response *res)
{
    response_cookie(res, SESSION_COOKIE, "", 0);
    response_redirect(res, 303, "/admin/login");
    return ERR_DENIED;
}

/* Where something is to be done before anything else; NULL: nowhere. */
static const char *must_first(const struct principal *who, const char *pattern)
{
    if (who->must_change_password)
        return strcmp(pattern, "/admin/account") == 0 ? NULL : "/admin/account";
    if (who->must_enrol && strcmp(pattern, "/admin/account") != 0 &&
        strcmp(pattern, "/admin/account/totp") != 0 && strcmp(pattern, "/admin/confirm") != 0)
        return "/admin/account/totp";
    return NULL;
}

void session_cookie(struct response *res, struct app *app, const char *id)
{
    response_cookie(res, SESSION_COOKIE, id,
                    (int)site_number(app->db, SITE_SESSION_LONGEST) * 3600);
}

bool session_is_proven(const struct request *req)
{
    return req->now_us - req->who.proved_at_us <= PROOF_MAX_US;
}

int session_guard(struct request *req, struct response *res, struct app *app,
                  const struct route *route)
{
    struct form form = {0};
    struct error e = {0};
    const char *first;
    int r = session_find(req, app, &e);

    page_language(req, res, app);
    if (r < 0)
        return refuse(req, res, app, err_http_status(r), &e);
    if (route->access == ACCESS_PUBLIC)
        return 0;
    if (route->access == ACCESS_PRESESSION)
        return check_form(req, res, app, &form);
    if (!req->who.session_id)
        return route->access == ACCESS_SIGN_OUT
                   ? forget_session(res)
                   : ask_password(req, res, app, ended_form(req, app, &form), "login",
                                  "/admin/login");
    if (route->access == ACCESS_SIGN_OUT)
        return check_form(req, res, app, &form);
    first = must_first(&req->who, route->pattern);
    if (first) {
        response_redirect(res, 303, first);
        return ERR_DENIED;
    }
    r = route->flags & ROUTE_STREAMED ? 0 : check_form(req, res, app, &form);
    if (r == 0)
        r = check_right(req, res, app, route);
    if (r == 0 && (route->flags & ROUTE_PROVEN) && !session_is_proven(req))
        return ask_password(req, res, app, form.n_fields ? &form : NULL, "confirm",
                            "/admin/confirm");
    return r;
}

void page_error(struct request *req, struct response *res, struct app *app, int status,
                const struct error *e)
{
    struct json_object *page;

    page_language(req, res, app);
    page = page_new(req, res, app, http_status_reason(status), NULL);
    page_number(page, "status", status);
    page_text(page, "reason", say_error(req->arena, e));
    page_flag(page, "not_found", status == 404);
    page_flag(page, "server_side", status >= 500);
    page_send(res, app, status, "error", page);
}
