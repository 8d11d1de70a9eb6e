#include "admin-cgi/handlers/page_login.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/csrf.h"
#include "admin-cgi/handlers/credentials.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/page_second_step.h"
#include "admin-cgi/handlers/page_setup.h"
#include "admin-cgi/handlers/sign_in.h"
#include "admin-cgi/kept_form.h"
#include "admin-cgi/page.h"
#include "admin-cgi/session.h"
#include "admin-cgi/site/site_look.h"
#include "admin-cgi/store/store_session.h"
#include "common/group_name.h"
#include "common/now.h"

/** Where a sign-in leads. */
struct destination {
    const char *next; /* a path of ours; "" or NULL: the dashboard */
    const char *kept; /* a form that waits, sealed; "" or NULL: none */
};

static void show(struct response *res, struct app *app, struct form_view *v, int status,
                 const struct destination *to, const struct credentials *c)
{
    struct arena *a = res->arena;
    struct site_look look;

    site_look_get(app, a, &look);
    site_welcome_add(v->page, a, look.values[SITE_WELCOME]);
    page_text(v->page, "next", to->next ? to->next : "");
    page_text(v->page, KEPT_FORM_FIELD, to->kept && *to->kept ? to->kept : NULL);
    page_text(v->page, "name", c ? c->name : "");
    page_text(v->page, "group", c ? c->group : "");
    page_flag(v->page, "has_group", c && c->group[0]);
    page_send(res, app, status, "login", v->page);
}

void page_login(struct request *req, struct response *res, struct app *app)
{
    struct form_view v = {.page = page_new(req, res, app, "Sign in", NULL)};
    struct destination to = {0};
    struct error e = {0};

    if (request_query(req, "next", &to.next, &e) < 0) {
        page_error(req, res, app, 400, &e);
    } else {
        /* Before there is an administrator, the page says how to make the first. */
        page_flag(v.page, "is_unset", page_setup_is_open(app, &e) > 0);
        show(res, app, &v, 200, &to, NULL);
    }
}

static void too_many(struct request *req, struct response *res, struct app *app,
                     struct form_view *v, const struct destination *to, const struct credentials *c,
                     int64_t wait_us)
{
    form_view_problem(v, "name", "Too many failed attempts. Try again in %s.",
                      credentials_wait_text(req->arena, wait_us));
    show(res, app, v, 429, to, c);
    response_header_f(res, "Retry-After", "%lld", (long long)(wait_us / US_PER_S + 1));
}

static int accepted(struct request *req, struct response *res, struct app *app,
                    const struct credentials *c, const struct destination *to, struct error *e)
{
    const struct sign_in s = {.account_id = c->account_id,
                              .group = c->group,
                              .name = c->name,
                              .next = to->next,
                              .kept = to->kept};

    return c->has_totp ? second_step_begin(req, res, app, &s, e) : sign_in(req, res, app, &s, e);
}

/* Rules of names only: what they say is in the manual, and tells nobody who exists. */
static bool check_names(struct form_view *v, const struct credentials *c)
{
    struct error e = {0};

    if (!c->name[0])
        form_view_problem(v, "name", "Write your name.");
    else if (user_name_check(span_str(c->name), &e) < 0)
        form_view_refused(v, "name", "This cannot be a name: {reason}.", &e);
    if (c->group[0] && group_name_check(span_str(c->group), &e) < 0)
        form_view_refused(v, "group", "This cannot be the name of a group: {reason}.", &e);
    return !form_view_has_problems(v);
}

void page_login_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"name", "password",      "group",
                                         "next", KEPT_FORM_FIELD, NULL};
    struct form_view v = {0};
    struct credentials c = {0};
    struct form form;
    struct error e = {0};
    struct destination to;
    int64_t wait_us;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0)
        return;
    c.name = form_text(&form, "name");
    c.password = form_text(&form, "password");
    c.group = form_text(&form, "group");
    to = (struct destination){form_text(&form, "next"), form_text(&form, KEPT_FORM_FIELD)};
    v.page = page_new(req, res, app, "Error: sign in", NULL);
    if (!check_names(&v, &c)) {
        show(res, app, &v, 422, &to, &c);
        return;
    }
    r = credentials_check(req, app, &c, &wait_us, &e);
    if (r == 0)
        r = accepted(req, res, app, &c, &to, &e);
    if (r == ERR_DENIED) {
        sign_in_refused(req, app, c.name, NULL);
        form_view_problem(&v, "password", "The name or the password is wrong.");
        show(res, app, &v, 422, &to, &c);
    } else if (r == ERR_BUSY && wait_us > 0) {
        too_many(req, res, app, &v, &to, &c, wait_us);
    } else if (r < 0) {
        page_error(req, res, app, err_http_status(r), &e);
    }
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

static void not_confirmed(struct request *req, struct response *res, struct app *app,
                          const struct destination *to, int64_t wait_us)
{
    struct form_view v = {.page = page_new(req, res, app, "Error: is it you?", NULL)};

    page_text(v.page, "next", to->next);
    page_text(v.page, KEPT_FORM_FIELD, *to->kept ? to->kept : NULL);
    if (wait_us)
        form_view_problem(&v, "password", "Too many failed attempts. Try again in %s.",
                          credentials_wait_text(req->arena, wait_us));
    else
        form_view_problem(&v, "password", "The password is wrong.");
    page_send(res, app, wait_us ? 429 : 422, "confirm", v.page);
    if (wait_us)
        response_header_f(res, "Retry-After", "%lld", (long long)(wait_us / US_PER_S + 1));
}

void page_confirm_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"password", "next", KEPT_FORM_FIELD, NULL};
    struct destination to;
    struct form form;
    struct error e = {0};
    char id[SESSION_ID_SIZE];
    int64_t wait_us;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0)
        return;
    to = (struct destination){form_text(&form, "next"), form_text(&form, KEPT_FORM_FIELD)};
    r = credentials_prove(req, app, form_text(&form, "password"), &wait_us, &e);
    if (r == ERR_DENIED || (r == ERR_BUSY && wait_us > 0)) {
        not_confirmed(req, res, app, &to, wait_us);
        return;
    }
    if (r == 0)
        r = store_session_renew(app->db, request_cookie(req, SESSION_COOKIE), req->now_us, id, &e);
    if (r < 0) {
        page_error(req, res, app, err_http_status(r), &e);
        return;
    }
    session_cookie(res, app, id);
    if (!sign_in_resume(req, res, app, to.kept, id))
        response_redirect(res, 303, sign_in_next(to.next));
}
