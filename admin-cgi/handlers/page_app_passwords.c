#include "admin-cgi/handlers/page_app_passwords.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/secret_code.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_account.h"
#include "admin-cgi/store/store_app_password.h"
#include "common/macros.h"
#include "common/now.h"

#define PATH "/admin/account/app-passwords"

static const struct {
    const char *word;
    const char *label;
    unsigned caps;
} scopes[] = {
    {"all", TEXT("All that your account may"), CAP_ALL},
    {"look", TEXT("Look at groups"), CAP_VIEW},
    {"edit", TEXT("Change groups, users and keys"), CAP_VIEW | CAP_EDIT},
    {"invite", TEXT("Invite"), CAP_VIEW | CAP_INVITE},
    {"record", TEXT("Fetch and delete recordings"), CAP_VIEW | CAP_RECORD},
};

static const struct {
    const char *word;
    const char *label;
    int64_t days;
} lifetimes[] = {
    {"30", TEXT("30 days"), 30},
    {"90", TEXT("90 days"), 90},
    {"365", TEXT("One year"), 365},
    {"1825", TEXT("Five years"), 1825},
};

static const char *scope_label(unsigned caps)
{
    for (size_t i = 0; i < LENGTH(scopes); i++) {
        if (scopes[i].caps == caps)
            return scopes[i].label;
    }
    return "";
}

static int add_list(struct request *req, struct app *app, struct json_object *page, struct error *e)
{
    struct json_object *list = page_list(page, "passwords");
    struct app_password *passwords = NULL;
    size_t n = 0;
    int r = store_app_password_list(app->db, req->arena, req->who.account_id, &passwords, &n, e);

    for (size_t i = 0; r == 0 && i < n; i++) {
        struct json_object *row = page_row(list);

        page_number(row, "id", passwords[i].id);
        page_text(row, "label", passwords[i].label);
        page_text(row, "may", say(req->arena, scope_label(passwords[i].caps)));
        page_flag(row, "is_over", passwords[i].expires_us <= req->now_us);
        page_time(row, "until", passwords[i].expires_us);
        page_time(row, "used", passwords[i].last_used_us);
        page_text(row, "used_address", passwords[i].last_used_address);
    }
    page_flag(page, "has_passwords", n > 0);
    return r;
}

/* @param form as it was sent; NULL: a fresh one */
static void show(struct request *req, struct response *res, struct app *app, struct form_view *v,
                 const struct form *form, int status)
{
    struct json_object *may = page_list(v->page, "scopes");
    struct json_object *until = page_list(v->page, "lifetimes");
    struct error e = {0};
    int r = add_list(req, app, v->page, &e);

    for (size_t i = 0; i < LENGTH(scopes); i++)
        form_option(may, scopes[i].word, say(req->arena, scopes[i].label), NULL,
                    form ? form_text(form, "may") : "all");
    for (size_t i = 0; i < LENGTH(lifetimes); i++)
        form_option(until, lifetimes[i].word, say(req->arena, lifetimes[i].label), NULL,
                    form ? form_text(form, "days") : "365");
    page_text(v->page, "label", form ? form_text(form, "label") : "");
    page_number(v->page, "label_max", APP_PASSWORD_LABEL_MAX);
    page_text(v->page, "name", req->who.name);
    page_flag(v->page, "has_account", req->who.account_id != 0);
    if (r < 0)
        group_view_failed(req, res, app, r, &e);
    else
        page_send(res, app, status, "app_passwords", v->page);
}

void page_app_passwords(struct request *req, struct response *res, struct app *app)
{
    struct form_view v = {0};

    if (!req->who.account_id) {
        response_redirect(res, 303, "/admin/account"); /* where such a person's password is said */
        return;
    }
    v.page = page_new(req, res, app, "App passwords", "account");
    show(req, res, app, &v, NULL, 200);
}

static void read_form(struct request *req, struct form_view *v, const struct form *form,
                      struct app_password *out)
{
    const char *may = form_text(form, "may"), *days = form_text(form, "days");
    struct error e = {0};

    *out =
        (struct app_password){.account_id = req->who.account_id, .label = form_text(form, "label")};
    for (size_t i = 0; i < LENGTH(scopes); i++) {
        if (strcmp(scopes[i].word, may) == 0)
            out->caps = scopes[i].caps;
    }
    for (size_t i = 0; i < LENGTH(lifetimes); i++) {
        if (strcmp(lifetimes[i].word, days) == 0)
            out->expires_us = req->now_us + lifetimes[i].days * US_PER_DAY;
    }
    if (!*out->label)
        form_view_problem(v, "label", "Write what it is for, so that you know it again.");
    else if (account_display_name_check(span_str(out->label), &e) < 0)
        form_view_refused(v, "label", "What it is for: {reason}.", &e);
    if (!out->caps)
        form_view_problem(v, "may", "Choose what it may do.");
    if (!out->expires_us)
        form_view_problem(v, "days", "Choose how long it is valid.");
}

static int make(struct app *app, struct json_object *page, const struct app_password *wanted,
                const struct actor *actor, struct error *e)
{
    char hash[SHA256_HEX_SIZE];
    struct buf password = {0};
    int r = app_password_make(&password);

    if (r < 0)
        return error_set(e, r, NULL, "no random numbers");
    sha256_hex(buf_span(&password), hash);
    r = store_app_password_add(app->db, wanted, hash, actor, e);
    if (r == 0)
        page_text(page, "password", buf_str(&password));
    buf_wipe(&password);
    return r;
}

/* The new password stands on the answer itself, as recovery codes do: nothing leads to it later. */
void page_app_passwords_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"label", "may", "days", NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct app_password wanted;
    struct form_view v = {0};
    struct json_object *page;
    struct form form;
    struct error e = {0};
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, PATH))
        return;
    if (!req->who.account_id) {
        error_set(&e, ERR_FORBIDDEN, NULL, "only accounts of the console have app passwords");
        page_error(req, res, app, 403, &e);
        return;
    }
    v.page = page_new(req, res, app, "Error: app passwords", "account");
    read_form(req, &v, &form, &wanted);
    if (form_view_has_problems(&v)) {
        show(req, res, app, &v, &form, 422);
        return;
    }
    page = page_new(req, res, app, "Your app password", "account");
    r = make(app, page, &wanted, &actor, &e);
    if (form_came_second(req, res, app, &actor, r))
        return;
    if (r < 0) {
        group_view_failed(req, res, app, r, &e);
        return;
    }
    page_text(page, "name", req->who.name);
    page_text(page, "label", wanted.label);
    page_text(page, "may", say(req->arena, scope_label(wanted.caps)));
    page_time(page, "until", wanted.expires_us);
    page_send(res, app, 200, "app_password", page);
}

void page_app_password_end_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"id", NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct form form;
    struct error e = {0};
    uint64_t id = 0;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, PATH))
        return;
    if (span_u64(span_str(form_text(&form, "id")), &id) && id <= INT64_MAX)
        r = store_app_password_remove(app->db, (int64_t)id, req->who.account_id, &actor, &e);
    else
        r = error_set(&e, ERR_INVALID, "id", "there is no such app password");
    group_view_answer(req, res, app, &actor, r, &e, PATH,
                      "Ended: programs that have it are refused from now on.");
}
