#include "admin-cgi/handlers/page_second_step.h"

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/credentials.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/second_factor.h"
#include "admin-cgi/page.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_second_step.h"
#include "common/now.h"

#define STEP_COOKIE "step"
#define PATH "/admin/login/totp"

int second_step_begin(struct request *req, struct response *res, struct app *app,
                      const struct sign_in *s, struct error *e)
{
    char id[SECOND_STEP_SIZE];
    int r = store_second_step_create(app->db, s->account_id, s->next, s->kept, req->now_us, id, e);

    if (r < 0)
        return r;
    response_cookie(res, STEP_COOKIE, id, SECOND_STEP_SECONDS);
    response_redirect(res, 303, PATH);
    return 0;
}

/* The first step of this browser, and whose it was. The account is looked at anew: it may have been
 * disabled, or its second factor turned off, meanwhile. */
static int find(struct request *req, struct app *app, struct second_step *step,
                struct account *account, struct error *e)
{
    const char *id = request_cookie(req, STEP_COOKIE);
    int r =
        id ? store_second_step_find(app->db, req->arena, id, req->now_us, step, e) : ERR_NOT_FOUND;

    if (r == 0)
        r = store_account_get(app->db, req->arena, step->account_id, account, e);
    if (r == 0 && (account->is_disabled || !account->has_totp))
        r = ERR_NOT_FOUND;
    return r;
}

static void start_again(struct response *res)
{
    response_cookie(res, STEP_COOKIE, "", 0);
    response_redirect(res, 303, "/admin/login");
}

static void failed(struct request *req, struct response *res, struct app *app, int r,
                   const struct error *e)
{
    if (r == ERR_NOT_FOUND)
        start_again(res);
    else
        page_error(req, res, app, err_http_status(r), e);
}

static void show(struct response *res, struct app *app, struct form_view *v,
                 const struct second_step *step, int status)
{
    page_flag(v->page, "has_kept", *step->kept);
    page_send(res, app, status, "login_totp", v->page);
}

void page_second_step(struct request *req, struct response *res, struct app *app)
{
    struct form_view v = {0};
    struct second_step step;
    struct account account;
    struct error e = {0};
    int r = find(req, app, &step, &account, &e);

    if (r < 0) {
        failed(req, res, app, r, &e);
        return;
    }
    v.page = page_new(req, res, app, "Sign in: your code", NULL);
    show(res, app, &v, &step, 200);
}

/* What was typed is wrong, or comes too fast. */
static void refused(struct request *req, struct response *res, struct app *app,
                    const struct second_step *step, const struct account *account,
                    const struct second_factor *typed, int64_t wait_us)
{
    struct form_view v = {.page = page_new(req, res, app, "Error: your code", NULL)};
    const char *field = *typed->recovery ? "recovery" : "code";

    page_flag(v.page, "is_recovery", *typed->recovery);
    if (wait_us) {
        form_view_problem(&v, field, "Too many wrong codes. Try again in %s.",
                          credentials_wait_text(req->arena, wait_us));
        show(res, app, &v, step, 429);
        response_header_f(res, "Retry-After", "%lld", (long long)(wait_us / US_PER_S + 1));
        return;
    }
    sign_in_refused(req, app, account->login,
                    *typed->recovery ? "{\"step\":\"recovery code\"}" : "{\"step\":\"code\"}");
    if (*typed->recovery)
        form_view_problem(&v, field, "This is no recovery code of your account, or it was used.");
    else
        form_view_problem(&v, field,
                          "The code is wrong, too old, or was used. Wait for the next one, and see "
                          "that your phone has the right time.");
    show(res, app, &v, step, 422);
}

/* The try is counted before the code is looked at, and the step ends before the session begins. */
static int check(struct request *req, struct app *app, const struct account *account,
                 const struct second_factor *typed, int64_t *wait_us, struct error *e)
{
    const char *id = request_cookie(req, STEP_COOKIE);
    int r = store_second_step_try(app->db, id, req->now_us, e);

    if (r == 0)
        r = second_factor_check(req, app, account, typed, wait_us, e);
    return r == 0 ? store_second_step_end(app->db, id, e) : r;
}

void page_second_step_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"code", "recovery", NULL};
    struct second_factor typed;
    struct second_step step;
    struct account account;
    struct form form;
    struct error e = {0};
    int64_t wait_us = 0;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0)
        return;
    typed = (struct second_factor){form_text(&form, "code"), form_text(&form, "recovery")};
    r = find(req, app, &step, &account, &e);
    if (r == 0)
        r = check(req, app, &account, &typed, &wait_us, &e);
    if (r == ERR_DENIED || (r == ERR_BUSY && wait_us > 0)) {
        refused(req, res, app, &step, &account, &typed, wait_us);
        return;
    }
    if (r == 0) {
        const struct sign_in s = {.account_id = account.id,
                                  .group = "",
                                  .name = account.login,
                                  .next = step.next,
                                  .kept = step.kept};

        response_cookie(res, STEP_COOKIE, "", 0);
        r = sign_in(req, res, app, &s, &e);
    }
    if (r < 0)
        failed(req, res, app, r, &e);
}
