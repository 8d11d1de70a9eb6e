#include "admin-cgi/handlers/page_sign_in_link.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/credentials.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/page_second_step.h"
#include "admin-cgi/handlers/qr_view.h"
#include "admin-cgi/handlers/sign_in.h"
#include "admin-cgi/page.h"
#include "admin-cgi/zone.h"
#include "admin-cgi/password_policy.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_throttle.h"
#include "common/account_hash.h"
#include "common/log.h"
#include "common/now.h"

#define PATH "/admin/sign-in-link"
#define LINK_COOKIE "link"
#define LINK_SECONDS 3600
#define THROTTLE "sign-in-link"

static const struct log_ctx ctx = {.room = "login"};

/* ---- the administrator's side ---- */

static const char *link_of(struct request *req, struct app *app, const char *token)
{
    const char *base = page_base_url(req, app);

    return base ? arena_printf(req->arena, "%s" PATH "?token=%s", base, token) : NULL;
}

void sign_in_link_show(struct request *req, struct response *res, struct app *app,
                       const struct account *account, const char *token, const char *path)
{
    struct json_object *page = page_new(req, res, app, "A link to sign in with", "accounts");
    const char *link = link_of(req, app, token);
    const char *until =
        zone_time_text(req->arena, req->who.zone, req->now_us + SIGN_IN_LINK_LIFETIME_US);
    const char *words = arena_printf(
        req->arena, "%s\n\n%s\n\n%s\n",
        say_with(req->arena,
                 "Your account {name} on this videoconference server is ready. Open this link and "
                 "set a password:",
                 "name", account->login, NULL),
        link ? link : "",
        say_with(req->arena, "It works once, until {time}.", "time", until, NULL));

    page_text(page, "login", account->login);
    page_text(page, "path", path);
    page_text(page, "link", link);
    page_text(page, "words", words);
    page_text(page, "mail",
              arena_printf(req->arena, "mailto:?subject=%s&body=%s",
                           page_encode(req->arena, say(req->arena, "Your account"), false),
                           page_encode(req->arena, words ? words : "", false)));
    page_time(page, "until", req->now_us + SIGN_IN_LINK_LIFETIME_US);
    qr_view_add(page, link);
    page_send(res, app, 200, "sign_in_link", page);
}

/* ---- the person's side ---- */

static const char *token_of(struct request *req)
{
    const char *token = request_cookie(req, LINK_COOKIE);

    return token ? token : "";
}

static void show(struct response *res, struct app *app, struct form_view *v,
                 const struct account *account, int status)
{
    page_text(v->page, "login", account->login);
    page_send(res, app, status, "set_password", v->page);
}

void page_sign_in_link(struct request *req, struct response *res, struct app *app)
{
    struct form_view v = {0};
    struct account account;
    const char *token = NULL;
    struct error e = {0};
    int r = request_query(req, "token", &token, &e);

    if (r == 0 && token) { /* so that it is in no history and no referrer */
        response_cookie(res, LINK_COOKIE, token, LINK_SECONDS);
        response_redirect(res, 303, PATH);
        return;
    }
    if (r == 0)
        r = store_sign_in_link_find(app->db, req->arena, token_of(req), req->now_us, &account, &e);
    if (r < 0) {
        page_error(req, res, app, err_http_status(r), &e);
        return;
    }
    v.page = page_new(req, res, app, "Set your password", NULL);
    show(res, app, &v, &account, 200);
}

static void check_fields(struct form_view *v, const struct form *form,
                         const struct account *account)
{
    const char *password = form_text(form, "new");
    struct error e = {0};

    if (password_policy_check(span_str(password), span_str(account->login), &e) < 0)
        form_view_refused(v, "new", "Password: {reason}.", &e);
    else if (strcmp(password, form_text(form, "repeat")) != 0)
        form_view_problem(v, "repeat", "The two passwords are not the same.");
}

static int use(struct request *req, struct app *app, const struct account *account,
               const char *password, struct error *e)
{
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct buf hash = {0};
    int r = account_hash_make(&hash, span_str(password), e);

    actor.account_id = account->id;
    actor.name = account->login;
    if (r == 0)
        r = store_sign_in_link_use(app->db, token_of(req), account->id, buf_str(&hash), &actor, e);
    buf_wipe(&hash);
    return r;
}

/* A wrong link counts against its address. @return ERR_BUSY with the wait in words: too many */
static int check_guess(struct request *req, struct app *app, bool failed, struct error *e)
{
    char key[64];
    int64_t wait_us = 0;
    int r;

    throttle_address_key(req->client_address, key);
    if (failed)
        return store_throttle_failure(app->db, THROTTLE, key, &throttle_setup, req->now_us, e);
    r = store_throttle_wait(app->db, THROTTLE, key, &throttle_setup, req->now_us, &wait_us, e);
    if (r < 0 || wait_us == 0)
        return r;
    return error_set(e, ERR_BUSY, NULL, "too many wrong links; try again in %s",
                     credentials_wait_text(req->arena, wait_us));
}

static void refused(struct request *req, struct response *res, struct app *app, int r,
                    const struct error *e)
{
    struct error other = {0};

    if (r == ERR_NOT_FOUND && check_guess(req, app, true, &other) < 0)
        log_warn(&ctx, "a wrong link was not counted: %s", other.text);
    page_error(req, res, app, err_http_status(r), e);
}

void page_sign_in_link_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"new", "repeat", NULL};
    struct form_view v = {0};
    struct account account;
    struct form form;
    struct error e = {0};
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0)
        return;
    r = check_guess(req, app, false, &e);
    if (r == 0)
        r = store_sign_in_link_find(app->db, req->arena, token_of(req), req->now_us, &account, &e);
    if (r < 0) {
        refused(req, res, app, r, &e);
        return;
    }
    v.page = page_new(req, res, app, "Error: set your password", NULL);
    check_fields(&v, &form, &account);
    if (form_view_has_problems(&v)) {
        show(res, app, &v, &account, 422);
        return;
    }
    r = use(req, app, &account, form_text(&form, "new"), &e);
    if (r == 0) {
        const struct sign_in s = {.account_id = account.id, .group = "", .name = account.login};

        response_cookie(res, LINK_COOKIE, "", 0);
        r = account.has_totp ? second_step_begin(req, res, app, &s, &e)
                             : sign_in(req, res, app, &s, &e);
    }
    if (r < 0)
        refused(req, res, app, r, &e);
}
