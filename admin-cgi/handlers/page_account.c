#include "admin-cgi/handlers/page_account.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/credentials.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/locale_options.h"
#include "admin-cgi/page.h"
#include "admin-cgi/password_policy.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/site/site_value.h"
#include "admin-cgi/store/store_account.h"
#include "admin-cgi/store/store_session.h"
#include "admin-cgi/store/store_totp.h"
#include "admin-cgi/words.h"
#include "admin-cgi/zone.h"
#include "common/account_hash.h"
#include "common/now.h"

static int add_sessions(struct request *req, struct app *app, struct json_object *page,
                        struct error *e)
{
    struct json_object *list = page_list(page, "sessions");
    struct session *sessions = NULL;
    size_t n = 0;
    int r =
        store_session_list(app->db, req->arena, req->who.account_id, req->now_us, &sessions, &n, e);

    for (size_t i = 0; r == 0 && i < n; i++) {
        struct json_object *row = page_row(list);

        page_number(row, "id", sessions[i].id);
        page_text(row, "agent", sessions[i].agent);
        page_text(row, "address", sessions[i].address);
        page_time(row, "since", sessions[i].created_us);
        page_time(row, "seen", sessions[i].last_seen_us);
        page_flag(row, "is_this", sessions[i].id == req->who.session_id);
    }
    page_flag(page, "has_others", n > 1);
    return r;
}

/* The second factor, and the sign-in before this one. */
static int add_account(struct request *req, struct app *app, struct json_object *page,
                       struct error *e)
{
    struct account account;
    int64_t n_codes = 0;
    int r = store_account_get(app->db, req->arena, req->who.account_id, &account, e);

    if (r == 0 && account.has_totp)
        r = store_recovery_left(app->db, account.id, &n_codes, e);
    if (r < 0)
        return r;
    page_flag(page, "has_totp", account.has_totp);
    page_flag(page, "totp_required", site_demands_code(app->db, &account));
    page_number(page, "codes_left", n_codes);
    page_flag(page, "few_codes", n_codes < 3);
    page_time(page, "previous", account.previous_login_us);
    page_text(page, "previous_address", account.previous_login_address);
    page_number(page, "failures", account.previous_failures);
    page_flag(page, "has_failures", account.previous_failures > 0);
    return 0;
}

static void add_settings(struct request *req, struct app *app, struct json_object *page,
                         const struct account *shown)
{
    const char *zone = site_text(app->db, req->arena, SITE_DEFAULT_ZONE);

    page_text(page, "display_name", shown->display_name);
    locale_options_zones(
        page_list(page, "zones"), req->arena,
        say_with(req->arena, "The server's: {zone}", "zone", *zone ? zone : "UTC", NULL),
        shown->zone);
    locale_options_languages(page_list(page, "locales"), app,
                             say(req->arena, "As the browser says"), shown->locale);
}

/* @param sent display name, locale and zone of a form; NULL: as they are */
static void show(struct request *req, struct response *res, struct app *app, struct form_view *v,
                 const struct account *sent, int status)
{
    const struct account own = {.display_name = req->who.display_name,
                                .locale = req->who.locale ? req->who.locale : "",
                                .zone = req->who.chosen_zone ? req->who.chosen_zone : ""};
    struct error e = {0};
    int r = req->who.account_id ? add_sessions(req, app, v->page, &e) : 0;

    if (r == 0 && req->who.account_id)
        r = add_account(req, app, v->page, &e);
    if (req->who.account_id)
        add_settings(req, app, v->page, sent ? sent : &own);
    page_text(v->page, "name", req->who.name);
    page_flag(v->page, "is_config", req->who.kind == PRINCIPAL_CONFIG);
    page_flag(v->page, "is_group_user", req->who.kind == PRINCIPAL_GROUP_USER);
    page_flag(v->page, "must_change", req->who.must_change_password);
    if (req->who.kind == PRINCIPAL_GROUP_USER && req->who.n_scopes > 0)
        page_text(v->page, "own_group", req->who.scopes[0].prefix);
    if (r < 0)
        group_view_failed(req, res, app, r, &e);
    else
        page_send(res, app, status, "account", v->page);
}

void page_account(struct request *req, struct response *res, struct app *app)
{
    struct form_view v = {.page = page_new(req, res, app, "Your account", "account")};

    show(req, res, app, &v, NULL, 200);
}

static void check_settings(struct request *req, struct app *app, struct form_view *v,
                           const struct account *wanted)
{
    const struct language *language = words_find(app->words, span_str(wanted->locale));
    struct error e = {0};

    if (account_display_name_check(span_str(wanted->display_name), &e) < 0)
        form_view_refused(v, "display-name", "Display name: {reason}.", &e);
    if (*wanted->locale && (!language || strcmp(language_tag(language), wanted->locale) != 0))
        form_view_problem(v, "language", "Choose one of the languages.");
    if (!zone_is_known(req->arena, wanted->zone))
        form_view_problem(v, "zone", "Choose one of the time zones.");
}

void page_account_settings_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"display-name", "language", "zone", NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct account wanted = {0};
    struct form_view v = {0};
    struct form form;
    struct error e = {0};
    int r = 0;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, "/admin/account"))
        return;
    wanted.display_name = form_text(&form, "display-name");
    wanted.locale = form_text(&form, "language");
    wanted.zone = form_text(&form, "zone");
    v.page = page_new(req, res, app, "Error: your account", "account");
    check_settings(req, app, &v, &wanted);
    if (!req->who.account_id)
        r = error_set(&e, ERR_FORBIDDEN, NULL, "only accounts of the console have settings");
    else if (!form_view_has_problems(&v))
        r = store_account_set_settings(app->db, req->who.account_id, &wanted, &actor, &e);
    if (form_came_second(req, res, app, &actor, r))
        return;
    if (r < 0)
        group_view_failed(req, res, app, r, &e);
    else if (form_view_has_problems(&v))
        show(req, res, app, &v, &wanted, 422);
    else
        page_done(req, res, app, "/admin/account", "Your settings were saved.", NULL);
}

static void check_new(struct request *req, struct form_view *v, const struct form *form)
{
    const char *password = form_text(form, "new");
    struct error e = {0};

    if (password_policy_check(span_str(password), span_str(req->who.name), &e) < 0)
        form_view_refused(v, "new", "New password: {reason}.", &e);
    else if (strcmp(password, form_text(form, "repeat")) != 0)
        form_view_problem(v, "repeat", "The two passwords are not the same.");
}

static int check_current(struct request *req, struct app *app, struct form_view *v,
                         const struct form *form, struct error *e)
{
    int64_t wait_us = 0;
    int r = credentials_prove(req, app, form_text(form, "current"), &wait_us, e);

    if (r == ERR_DENIED) {
        form_view_problem(v, "current", "The present password is wrong.");
        return 0;
    }
    if (r == ERR_BUSY && wait_us > 0) {
        form_view_problem(v, "current", "Too many failed attempts. Try again in %s.",
                          credentials_wait_text(req->arena, wait_us));
        return 0;
    }
    return r;
}

static int set_password(struct request *req, struct app *app, const char *password, struct error *e)
{
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct buf hash = {0};
    int r = account_hash_make(&hash, span_str(password), e);

    if (r == 0)
        r = store_account_set_password(app->db, req->who.account_id, buf_str(&hash), false,
                                       req->who.session_id, &actor, e);
    buf_wipe(&hash);
    return r;
}

void page_account_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"current", "new", "repeat", NULL};
    struct form_view v = {0};
    struct form form;
    struct error e = {0};
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0)
        return;
    if (!req->who.account_id) {
        error_set(&e, ERR_FORBIDDEN, NULL,
                  "only accounts of the console change their password here");
        page_error(req, res, app, 403, &e);
        return;
    }
    v.page = page_new(req, res, app, "Error: your account", "account");
    check_new(req, &v, &form);
    r = form_view_has_problems(&v) ? 0 : check_current(req, app, &v, &form, &e);
    if (r == 0 && !form_view_has_problems(&v)) {
        r = set_password(req, app, form_text(&form, "new"), &e);
        if (r == 0) {
            page_done(req, res, app, "/admin/account",
                      "Your password was changed. Your other sessions have ended.", NULL);
            return;
        }
    }
    if (r < 0)
        group_view_failed(req, res, app, r, &e);
    else
        show(req, res, app, &v, NULL, 422);
}

/* One session by its number, or all others. */
void page_account_sessions_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"session", NULL};
    struct form form;
    struct error e = {0};
    uint64_t id = 0;
    const char *which;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0)
        return;
    which = form_text(&form, "session");
    if (!req->who.account_id)
        r = error_set(&e, ERR_FORBIDDEN, NULL, "only accounts of the console list their sessions");
    else if (strcmp(which, "others") == 0)
        r = store_session_end_all(app->db, req->who.account_id, req->who.session_id, &e);
    else if (span_u64(span_str(which), &id) && id <= INT64_MAX)
        r = store_session_end_row(app->db, (int64_t)id, req->who.account_id, &e);
    else
        r = error_set(&e, ERR_INVALID, "session", "there is no such session");
    if (r < 0)
        group_view_failed(req, res, app, r, &e);
    else
        page_done(req, res, app, "/admin/account", "Ended.", NULL);
}

void page_session_json(struct request *req, struct response *res, struct app *app)
{
    struct json_object *json = json_object_new_object();

    (void)app;
    page_number(json, "idle", (req->who.session_idle_us - req->now_us) / US_PER_S);
    page_number(json, "longest", (req->who.session_ends_us - req->now_us) / US_PER_S);
    response_json(res, 200, json);
    json_object_put(json);
}
