#include "admin-cgi/handlers/page_account_edit.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/account_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/page_sign_in_link.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/store/store_session.h"
#include "admin-cgi/store/store_totp.h"
#include "common/log.h"
#include "common/macros.h"

static const struct log_ctx ctx = {.room = "accounts"};

/** A form of the page that was sent, and whom it is about. */
struct account_edit {
    struct account account; /* as it is */
    struct form form;
    struct actor actor;
    const char *path; /* of the account's page */
    const char *done; /* what the next page says */
    bool has_link;    /* shown in place of that page */
    char link[SIGN_IN_LINK_SIZE];
};

static bool load(struct request *req, struct response *res, struct app *app, struct account *out)
{
    const char *text = request_capture(req, "id");
    struct error e = {0};
    uint64_t id = 0;
    int r = span_u64(span_str(text), &id) && id <= INT64_MAX
                ? store_account_get(app->db, req->arena, (int64_t)id, out, &e)
                : error_set(&e, ERR_NOT_FOUND, NULL, "there is no such account");

    if (r == 0)
        return true;
    group_view_failed(req, res, app, r, &e);
    return false;
}

static const char *path_of(struct request *req, const struct account *account)
{
    return arena_printf(req->arena, "/admin/accounts/%lld", (long long)account->id);
}

/* @param form as it was sent; NULL: the account as it is */
static void show(struct request *req, struct response *res, struct app *app, struct form_view *v,
                 const struct account *account, const struct form *form, int status)
{
    const char *action = form ? form_text(form, "action") : "";

    account_view_show_rights(req->arena, v, account, NULL,
                             strcmp(action, "rights") == 0 ? form : NULL);
    page_text(v->page, "path", path_of(req, account));
    page_text(v->page, "login", account->login);
    page_text(v->page, "display_name",
              strcmp(action, "name") == 0 ? form_text(form, "display-name")
                                          : account->display_name);
    page_text(v->page, "rights", account_view_rights(req->arena, account));
    page_flag(v->page, "disabled", account->is_disabled);
    page_flag(v->page, "must_change", account->must_change);
    page_flag(v->page, "has_password", account->pw_hash[0]);
    page_flag(v->page, "has_totp", account->has_totp);
    page_flag(v->page, "totp_required", account->totp_required);
    page_flag(v->page, "is_me", account->id == req->who.account_id);
    page_time(v->page, "created", account->created_us);
    page_time(v->page, "seen", account->last_login_us);
    page_text(v->page, "seen_address", account->last_login_address);
    page_send(res, app, status, "account_edit", v->page);
}

void page_account_edit(struct request *req, struct response *res, struct app *app)
{
    struct account account;
    struct form_view v = {0};

    if (!load(req, res, app, &account))
        return;
    v.page =
        page_new(req, res, app, say_with(req->arena, "Account {name}", "name", account.login, NULL),
                 "accounts");
    show(req, res, app, &v, &account, NULL, 200);
}

/* ---- what can be done ---- */

typedef int edit_fn(struct app *app, struct form_view *v, struct account_edit *edit,
                    struct error *e);

static int set_name(struct app *app, struct form_view *v, struct account_edit *edit,
                    struct error *e)
{
    const char *name = form_text(&edit->form, "display-name");

    if (account_display_name_check(span_str(name), e) < 0) {
        form_view_refused(v, "display-name", "Display name: {reason}.", e);
        return 0;
    }
    return store_account_set_display_name(app->db, edit->account.id, name, &edit->actor, e);
}

static int set_rights(struct app *app, struct form_view *v, struct account_edit *edit,
                      struct error *e)
{
    struct account wanted = edit->account;
    struct scope scope = {0};

    account_view_read_rights(v, &edit->form, &wanted, &scope);
    if (form_view_has_problems(v))
        return 0;
    return store_account_set_rights(app->db, wanted.id, wanted.role, wanted.is_disabled,
                                    wanted.scopes, wanted.n_scopes, app_config_has_admin(app),
                                    &edit->actor, e);
}

static int set_state(struct app *app, struct account_edit *edit, bool is_disabled, struct error *e)
{
    const struct account *a = &edit->account;

    return store_account_set_rights(app->db, a->id, a->role, is_disabled, a->scopes, a->n_scopes,
                                    app_config_has_admin(app), &edit->actor, e);
}

static int disable(struct app *app, struct form_view *v, struct account_edit *edit, struct error *e)
{
    (void)v;
    return set_state(app, edit, true, e);
}

static int enable(struct app *app, struct form_view *v, struct account_edit *edit, struct error *e)
{
    (void)v;
    return set_state(app, edit, false, e);
}

static int make_link(struct app *app, struct form_view *v, struct account_edit *edit,
                     struct error *e)
{
    (void)v;
    if (edit->account.is_disabled)
        return error_set(e, ERR_WRONG_STATE, NULL, "the account is disabled: let it in first");
    edit->has_link = true;
    return store_sign_in_link_make(app->db, edit->account.id, &edit->actor, edit->link, e);
}

static int ask_password(struct app *app, struct form_view *v, struct account_edit *edit,
                        struct error *e)
{
    (void)v;
    return store_account_ask_password(app->db, edit->account.id, &edit->actor, e);
}

static int end_sessions(struct app *app, struct form_view *v, struct account_edit *edit,
                        struct error *e)
{
    (void)v;
    return store_session_end_all(app->db, edit->account.id, 0, e);
}

static int reset_totp(struct app *app, struct form_view *v, struct account_edit *edit,
                      struct error *e)
{
    (void)v;
    return store_totp_remove(app->db, edit->account.id, 0, &edit->actor, e);
}

static int require_totp(struct app *app, struct form_view *v, struct account_edit *edit,
                        struct error *e)
{
    (void)v;
    return store_totp_require(app->db, edit->account.id, true, &edit->actor, e);
}

static int allow_without_totp(struct app *app, struct form_view *v, struct account_edit *edit,
                              struct error *e)
{
    (void)v;
    return store_totp_require(app->db, edit->account.id, false, &edit->actor, e);
}

static const struct {
    const char *word;
    edit_fn *run;
    bool is_for_others; /* the own account is not to be locked out by a slip */
    const char *done;
    const char *told; /* the account's person, at the next sign-in, with the name of who did it */
} edits[] = {
    {"name", set_name, false, TEXT("the name was saved."), NULL},
    {"rights", set_rights, true, TEXT("the rights were saved, and all sessions ended."),
     TEXT("%s changed what your account may do.")},
    {"reset-totp", reset_totp, true,
     TEXT("no code is asked for any more, and all sessions ended. The person is told so."),
     TEXT("%s turned off the codes of your account: it is signed in to by the password alone.")},
    {"require-totp", require_totp, false, TEXT("it must have a second factor from now on."),
     TEXT("%s demands a second factor of your account.")},
    {"allow-without-totp", allow_without_totp, false, TEXT("it may do without a second factor."),
     NULL},
    {"link", make_link, true, "", TEXT("%s made a link to sign in to your account with.")},
    {"ask-password", ask_password, true, TEXT("a new password is asked for before anything else."),
     TEXT("%s wants you to choose a new password.")},
    {"disable", disable, true, TEXT("nobody can sign in with it any more, and all sessions ended."),
     TEXT("%s disabled your account.")},
    {"enable", enable, true, TEXT("it can be used again."), TEXT("%s let your account in again.")},
    {"end-sessions", end_sessions, true, TEXT("all sessions ended."),
     TEXT("%s ended all sessions of your account.")},
};

#define N_EDITS (LENGTH(edits))

/* What was done to somebody's account is said there, so that nobody does it unnoticed. */
static void tell(struct request *req, struct app *app, const struct account *account,
                 const char *how)
{
    const char *sentence = arena_printf(req->arena, how, req->who.name);
    struct error e = {0};

    if (account->id != req->who.account_id && sentence &&
        store_account_tell(app->db, account->id, sentence, &e) < 0)
        log_warn(&ctx, "a change of an account will not be told there: %s", e.text);
}

static int run(struct request *req, struct app *app, struct form_view *v, struct account_edit *edit,
               struct error *e)
{
    const char *action = form_text(&edit->form, "action");
    size_t i = 0;
    int r;

    while (i < N_EDITS && strcmp(edits[i].word, action) != 0)
        i++;
    if (i == N_EDITS)
        return error_set(e, ERR_INVALID, "action", "there is no such action");
    if (edits[i].is_for_others && edit->account.id == req->who.account_id)
        return error_set(e, ERR_WRONG_STATE, NULL,
                         "this is your own account; another administrator can do that");
    edit->done = edits[i].done;
    r = edits[i].run(app, v, edit, e);
    if (r == 0 && edits[i].told && !form_view_has_problems(v))
        tell(req, app, &edit->account, edits[i].told);
    return r;
}

void page_account_edit_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"action", "display-name", ACCOUNT_RIGHTS_FIELDS, NULL};
    struct account_edit edit = {.actor = actor_of(req, ACTOR_CONSOLE)};
    struct form_view v = {0};
    struct error e = {0};
    int status = 422;
    int r;

    if (form_of_request(req, res, app, &edit.form, fields, NULL) < 0 ||
        !load(req, res, app, &edit.account))
        return;
    edit.path = path_of(req, &edit.account);
    if (form_was_used(req, res, app, &edit.form, &edit.actor, edit.path))
        return;
    v.page =
        page_new(req, res, app,
                 say_with(req->arena, "Error: account {name}", "name", edit.account.login, NULL),
                 "accounts");
    r = run(req, app, &v, &edit, &e);
    if (form_came_second(req, res, app, &edit.actor, r))
        return;
    if (r < 0)
        status = form_view_unsaved(&v, r, &e);
    if (form_view_has_problems(&v))
        show(req, res, app, &v, &edit.account, &edit.form, status);
    else if (r < 0)
        group_view_failed(req, res, app, r, &e);
    else if (edit.has_link)
        sign_in_link_show(req, res, app, &edit.account, edit.link, edit.path);
    else
        page_done(req, res, app, edit.path, edit.done, NULL);
}

/* ---- deleting ---- */

void page_account_delete(struct request *req, struct response *res, struct app *app)
{
    struct account account;
    struct json_object *page;

    if (!load(req, res, app, &account))
        return;
    page = page_new(req, res, app,
                    say_with(req->arena, "Delete {name}", "name", account.login, NULL), "accounts");
    page_text(page, "login", account.login);
    page_text(page, "rights", account_view_rights(req->arena, &account));
    page_text(page, "path", path_of(req, &account));
    page_send(res, app, 200, "account_delete", page);
}

void page_account_delete_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct account account;
    struct form form;
    struct error e = {0};
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, "/admin/accounts") ||
        !load(req, res, app, &account))
        return;
    if (account.id == req->who.account_id)
        r = error_set(&e, ERR_WRONG_STATE, NULL,
                      "this is your own account; another administrator can delete it");
    else
        r = store_account_delete(app->db, account.id, app_config_has_admin(app), &actor, &e);
    group_view_answer(
        req, res, app, &actor, r, &e, "/admin/accounts",
        say_with(req->arena, "The account {name} was deleted.", "name", account.login, NULL));
}
