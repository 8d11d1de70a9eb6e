#include "admin-cgi/handlers/page_setup.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/locale_options.h"
#include "admin-cgi/handlers/sign_in.h"
#include "admin-cgi/page.h"
#include "admin-cgi/password_policy.h"
#include "admin-cgi/session.h"
#include "admin-cgi/site/site_setting.h"
#include "admin-cgi/site/site_value.h"
#include "admin-cgi/store/actor.h"
#include "admin-cgi/store/store_account.h"
#include "admin-cgi/store/store_setting.h"
#include "admin-cgi/store/store_setup.h"
#include "admin-cgi/store/store_throttle.h"
#include "admin-cgi/zone.h"
#include "common/account_hash.h"
#include "common/log.h"
#include "common/now.h"
#include "common/throttle.h"

#define SETUP_COOKIE "setup"
#define SETUP_SECONDS (24 * 3600)

int page_setup_is_open(struct app *app, struct error *e)
{
    int64_t n = 0;
    int r = store_account_count_administrators(app->db, &n, e);

    return r < 0 ? r : n == 0 && !app_config_has_admin(app);
}

/* The page exists only while nobody can administer the server. */
static bool is_open(struct request *req, struct response *res, struct app *app)
{
    struct error e = {0};
    int r = page_setup_is_open(app, &e);

    if (r > 0)
        return true;
    if (r == 0)
        error_set(&e, ERR_NOT_FOUND, NULL, "this server has been set up");
    page_error(req, res, app, r < 0 ? err_http_status(r) : 404, &e);
    return false;
}

static bool is_blocked(struct request *req, struct response *res, struct app *app)
{
    struct error e = {0};
    int64_t wait_us = 0;
    int r = store_throttle_wait(app->db, "setup", "", &throttle_setup, req->now_us, &wait_us, &e);

    if (r == 0 && wait_us == 0)
        return false;
    if (r < 0) {
        page_error(req, res, app, err_http_status(r), &e);
        return true;
    }
    error_set(&e, ERR_BUSY, NULL,
              "too many wrong tokens; try again in %lld minutes, or run admin-cgi setup-url",
              (long long)(wait_us / US_PER_S / 60 + 1));
    page_error(req, res, app, 429, &e);
    response_header_f(res, "Retry-After", "%lld", (long long)(wait_us / US_PER_S + 1));
    return true;
}

/* @param form what was sent; NULL: nothing yet, and a script may choose the browser's time zone */
static void show(struct response *res, struct app *app, struct form_view *v,
                 const struct form *form, const char *token)
{
    const char *zone = site_text(app->db, res->arena, SITE_DEFAULT_ZONE);

    page_flag(v->page, "has_token", token && *token);
    page_text(v->page, "login", form ? form_text(form, "login") : "");
    page_flag(v->page, "is_first", !form && !*zone);
    locale_options_zones(page_list(v->page, "zones"), res->arena, "UTC",
                         form ? form_text(form, "zone") : zone);
    page_send(res, app, form_view_has_problems(v) ? 422 : 200, "setup", v->page);
}

/* The token leaves the address bar at once, so that it is in no history and no referrer. */
void page_setup(struct request *req, struct response *res, struct app *app)
{
    struct form_view v = {0};
    const char *token = NULL;
    struct error e = {0};

    if (!is_open(req, res, app) || is_blocked(req, res, app))
        return;
    if (request_query(req, "token", &token, &e) < 0) {
        page_error(req, res, app, 400, &e);
        return;
    }
    if (token) {
        response_cookie(res, SETUP_COOKIE, token, SETUP_SECONDS);
        response_redirect(res, 303, "/admin/setup");
        return;
    }
    v.page = page_new(req, res, app, "Set up this server", NULL);
    show(res, app, &v, NULL, request_cookie(req, SETUP_COOKIE));
}

static void check_fields(struct form_view *v, struct arena *a, const struct form *form)
{
    const char *name = form_text(form, "login");
    const char *password = form_text(form, "password");
    struct error e = {0};

    if (account_login_check(span_str(name), &e) < 0)
        form_view_refused(v, "login", "Account name: {reason}.", &e);
    if (password_policy_check(span_str(password), span_str(name), &e) < 0)
        form_view_refused(v, "password", "Password: {reason}.", &e);
    else if (strcmp(password, form_text(form, "repeat")) != 0)
        form_view_problem(v, "repeat", "The two passwords are not the same.");
    if (!zone_is_known(a, form_text(form, "zone")))
        form_view_problem(v, "zone", "Choose one of the time zones.");
}

/* Of everybody who chooses none. What fails is noted only: the administrator is made. */
static void set_zone(struct request *req, struct app *app, const struct form *form)
{
    const char *before = site_text(app->db, req->arena, SITE_DEFAULT_ZONE);
    const char *after = form_text(form, "zone");
    const struct setting_change change = {.key = site_settings[SITE_DEFAULT_ZONE].key,
                                          .before = *before ? before : NULL,
                                          .after = *after ? after : NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct error e = {0};
    int64_t batch;

    actor.name = form_text(form, "login");
    if (strcmp(before, after) != 0 &&
        store_setting_change(app->db, &change, 1, &actor, &batch, &e) < 0)
        log_warn(&(struct log_ctx){.room = "setup"}, "the time zone was not set: %s", e.text);
}

static int make_administrator(struct request *req, struct app *app, const struct form *form,
                              const char *token, int64_t *id, struct error *e)
{
    const char *password = form_text(form, "password");
    struct buf hash = {0};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct account account = {.login = form_text(form, "login"), .role = ACCOUNT_ADMINISTRATOR};
    int r = account_hash_make(&hash, span_str(password), e);

    actor.name = account.login;
    account.pw_hash = buf_str(&hash);
    if (r == 0)
        r = store_setup_complete(app->db, span_str(token), &account, &actor, id, e);
    buf_wipe(&hash);
    return r;
}

/* Typed where the page asks for it, else from the link. */
static const char *token_of(struct request *req, const struct form *form)
{
    const char *token = form_get(form, "token");

    if (!token)
        token = request_cookie(req, SETUP_COOKIE);
    return token ? token : "";
}

static int enter(struct request *req, struct response *res, struct app *app,
                 const struct form *form, int64_t id, struct error *e)
{
    app_remove_setup_url(app);
    response_cookie(res, SETUP_COOKIE, "", 0);
    return sign_in(
        req, res, app,
        &(struct sign_in){.account_id = id, .group = "", .name = form_text(form, "login")}, e);
}

static void refused(struct request *req, struct response *res, struct app *app, struct form_view *v,
                    const struct form *form, int r, const struct error *e)
{
    struct error other = {0};

    if (r == ERR_DENIED) {
        if (store_throttle_failure(app->db, "setup", "", &throttle_setup, req->now_us, &other) < 0)
            log_warn(&(struct log_ctx){.room = "setup"}, "a wrong token was not counted: %s",
                     other.text);
        form_view_problem(v, "token", "This setup token is wrong, used, or too old.");
        response_cookie(res, SETUP_COOKIE, "", 0);
        show(res, app, v, form, NULL);
    } else if (r == ERR_WRONG_STATE) {
        page_error(req, res, app, 409, e);
    } else if (r == ERR_EXISTS) {
        form_view_problem(v, "login", "There is an account of this name.");
        show(res, app, v, form, token_of(req, form));
    } else {
        page_error(req, res, app, err_http_status(r), e);
    }
}

void page_setup_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"token", "login", "password", "repeat", "zone", NULL};
    struct form_view v = {0};
    struct form form;
    struct error e = {0};
    const char *token;
    int64_t id;
    int r;

    if (!is_open(req, res, app) || is_blocked(req, res, app) ||
        form_of_request(req, res, app, &form, fields, NULL) < 0)
        return;
    token = token_of(req, &form);
    v.page = page_new(req, res, app, "Error: set up this server", NULL);
    check_fields(&v, req->arena, &form);
    r = store_setup_token_check(app->db, span_str(token), req->now_us, &e);
    if (r == 0 && form_view_has_problems(&v)) {
        response_cookie(res, SETUP_COOKIE, token, SETUP_SECONDS);
        show(res, app, &v, &form, token);
        return;
    }
    if (r == 0)
        r = make_administrator(req, app, &form, token, &id, &e);
    if (r == 0) {
        set_zone(req, app, &form);
        r = enter(req, res, app, &form, id, &e);
    }
    if (r < 0)
        refused(req, res, app, &v, &form, r, &e);
}
