#include "admin-cgi/handlers/page_totp.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/csrf.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/qr_view.h"
#include "admin-cgi/handlers/second_factor.h"
#include "admin-cgi/page.h"
#include "admin-cgi/seal.h"
#include "admin-cgi/session.h"
#include "admin-cgi/site/site_value.h"
#include "admin-cgi/store/store_second_step.h"
#include "admin-cgi/store/store_session.h"
#include "common/base64url.h"
#include "common/now.h"

#define ISSUER "Nereid"
#define PURPOSE "second factor on trial"
#define TRIAL_US (3600 * US_PER_S) /* from the page to its code */
#define ACCOUNT_PAGE "/admin/account"

/* ---- a secret that is not proven yet stays in its page, sealed: the server keeps nothing ---- */

/** What is sealed. */
struct trial {
    int64_t account_id;
    int64_t until_us;
    uint8_t secret[TOTP_SECRET_BYTES];
};

static const char *seal_trial(struct request *req, struct app *app, const struct trial *trial)
{
    struct buf sealed = {0}, text = {0};
    const char *out = NULL;

    if (seal_add(&sealed, app, PURPOSE, span_str(""), span_of(trial, sizeof *trial)) == 0)
        base64url_add(&text, buf_span(&sealed));
    if (text.len && buf_check(&text) == 0)
        out = arena_dup(req->arena, buf_span(&text));
    buf_release(&sealed);
    buf_release(&text);
    return out;
}

static int open_trial(struct request *req, struct app *app, const char *text, struct trial *out,
                      struct error *e)
{
    struct buf sealed = {0}, plain = {0};
    int r = base64url_decode(&sealed, span_str(text));

    if (r == 0)
        r = seal_open(&plain, app, PURPOSE, span_str(""), buf_span(&sealed));
    if (r == 0 && plain.len == sizeof *out)
        memcpy(out, plain.data, sizeof *out);
    else if (r == 0)
        r = ERR_INVALID;
    buf_release(&sealed);
    buf_wipe(&plain);
    if (r == ERR_NO_MEMORY || r == ERR_CRYPTO)
        return r;
    if (r < 0 || out->account_id != req->who.account_id || out->until_us < req->now_us)
        return error_set(e, ERR_INVALID, "secret", "this page is too old; open it again");
    return 0;
}

/* ---- the page ---- */

static void add_secret(struct json_object *page, const uint8_t secret[TOTP_SECRET_BYTES],
                       const char *name)
{
    struct buf uri = {0}, key = {0};

    if (totp_secret_text(&key, secret) == 0)
        page_text(page, "key", buf_str(&key));
    if (totp_uri(&uri, secret, ISSUER, name) == 0) {
        qr_view_add(page, buf_str(&uri));
        page_text(page, "uri", buf_str(&uri));
    }
    buf_wipe(&uri);
    buf_wipe(&key);
}

static void show(struct request *req, struct response *res, struct app *app, struct form_view *v,
                 struct trial *trial, int status)
{
    struct error e = {0};
    const char *sealed = seal_trial(req, app, trial);

    if (sealed) {
        add_secret(v->page, trial->secret, req->who.name);
        page_text(v->page, "secret", sealed);
        page_flag(v->page, "must_enrol", req->who.must_enrol);
        page_send(res, app, status, "totp", v->page);
    } else {
        error_set(&e, ERR_NO_MEMORY, NULL, "no memory for the page");
        page_error(req, res, app, 503, &e);
    }
    explicit_bzero(trial, sizeof *trial);
}

/* @return the request's person has an account of the console; false: `res` is complete */
static bool has_account(struct request *req, struct response *res, struct app *app)
{
    struct error e = {0};

    if (req->who.account_id)
        return true;
    error_set(&e, ERR_FORBIDDEN, NULL, "only accounts of the console have a second factor");
    page_error(req, res, app, 403, &e);
    return false;
}

void page_totp(struct request *req, struct response *res, struct app *app)
{
    struct form_view v = {0};
    struct trial trial = {.account_id = req->who.account_id, .until_us = req->now_us + TRIAL_US};
    struct error e = {0};
    int r;

    if (!req->who.account_id) {
        response_redirect(res, 303, ACCOUNT_PAGE); /* which says where such a person has it from */
        return;
    }
    r = totp_secret_make(trial.secret);
    if (r < 0) {
        error_set(&e, r, NULL, "no random numbers");
        page_error(req, res, app, err_http_status(r), &e);
        return;
    }
    v.page = page_new(req, res, app, "Sign in with a code", "account");
    show(req, res, app, &v, &trial, 200);
}

/* ---- turning it on ---- */

/* The codes stand on the answer itself, which is never asked for again: a form that is sent twice
 * leads to the account's page. The session has a new id from here on (SEC-2). */
static int show_codes(struct request *req, struct response *res, struct app *app,
                      struct json_object *page, bool renew, struct error *e)
{
    char id[SESSION_ID_SIZE];
    int r = 0;

    if (renew)
        r = store_session_renew(app->db, request_cookie(req, SESSION_COOKIE), req->now_us, id, e);
    if (r < 0)
        return r;
    if (renew) {
        session_cookie(res, app, id);
        page_text(page, "csrf", csrf_token_of_session(req, app, id));
    }
    page_send(res, app, 200, "recovery_codes", page);
    return 0;
}

static int turn_on(struct request *req, struct app *app, const struct trial *trial, int64_t step,
                   struct json_object *page, const struct actor *actor, struct error *e)
{
    recovery_hashes hashes;
    struct buf sealed = {0};
    int r = second_factor_seal(&sealed, app, trial->account_id, trial->secret);

    if (r == 0)
        r = second_factor_make_codes(page, hashes, e);
    if (r == 0)
        r = store_totp_set(app->db, trial->account_id, buf_span(&sealed), step, hashes,
                           req->who.session_id, actor, e);
    if (r == 0)
        r = store_second_step_end_all(app->db, trial->account_id, e);
    buf_release(&sealed);
    return r;
}

void page_totp_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"secret", "code", NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct form_view v = {0};
    struct json_object *page;
    struct trial trial = {0};
    struct form form;
    struct error e = {0};
    int64_t step = 0;
    int r;

    if (!has_account(req, res, app) || form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, ACCOUNT_PAGE))
        return;
    r = open_trial(req, app, form_text(&form, "secret"), &trial, &e);
    if (r == 0)
        r = totp_check(trial.secret, span_str(form_text(&form, "code")), req->now_us, 0, &step);
    if (r == ERR_DENIED) {
        v.page = page_new(req, res, app, "Error: sign in with a code", "account");
        form_view_problem(&v, "code",
                          "This is not the app's code of now. Wait for the next one, and see that "
                          "your phone has the right time.");
        show(req, res, app, &v, &trial, 422);
        return;
    }
    page = page_new(req, res, app, "Your recovery codes", "account");
    page_flag(page, "is_first", true);
    if (r == 0)
        r = turn_on(req, app, &trial, step, page, &actor, &e);
    explicit_bzero(&trial, sizeof trial);
    if (form_came_second(req, res, app, &actor, r))
        return;
    if (r == 0)
        r = show_codes(req, res, app, page, true, &e);
    if (r < 0)
        group_view_failed(req, res, app, r, &e);
}

/* ---- turning it off, and new codes ---- */

void page_totp_off_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct account account;
    struct form form;
    struct error e = {0};
    int r;

    if (!has_account(req, res, app) || form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, ACCOUNT_PAGE))
        return;
    r = store_account_get(app->db, req->arena, req->who.account_id, &account, &e);
    if (r == 0 && site_demands_code(app->db, &account))
        r = error_set(&e, ERR_FORBIDDEN, NULL,
                      "an administrator demands a second factor of this account");
    if (r == 0)
        r = store_totp_remove(app->db, account.id, req->who.session_id, &actor, &e);
    group_view_answer(req, res, app, &actor, r, &e, ACCOUNT_PAGE,
                      "No code is asked for any more. Your other sessions have ended.");
}

void page_recovery_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct json_object *page;
    recovery_hashes hashes;
    struct form form;
    struct error e = {0};
    int r;

    if (!has_account(req, res, app) || form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, ACCOUNT_PAGE))
        return;
    page = page_new(req, res, app, "Your recovery codes", "account");
    r = second_factor_make_codes(page, hashes, &e);
    if (r == 0)
        r = store_recovery_replace(app->db, req->who.account_id, hashes, &actor, &e);
    if (form_came_second(req, res, app, &actor, r))
        return;
    if (r == 0)
        r = show_codes(req, res, app, page, false, &e);
    if (r < 0)
        group_view_failed(req, res, app, r, &e);
}
