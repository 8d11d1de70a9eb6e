#include "admin-cgi/handlers/page_accounts.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/account_view.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/page_sign_in_link.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/site/site_value.h"
#include "admin-cgi/store/store_account.h"

static void add_config_users(struct arena *a, struct app *app, struct json_object *list)
{
    const struct server_config *config = app_config(app);

    for (size_t i = 0; i < config->n_users; i++) {
        struct json_object *row;

        if (config->users[i].permissions.role != ROLE_ADMIN)
            continue;
        row = page_row(list);
        page_text(row, "login", config->users[i].name);
        page_text(row, "rights", say(a, "Server administrator"));
        page_flag(row, "is_file", true);
    }
}

static int add_accounts(struct request *req, struct app *app, struct json_object *page,
                        struct error *e)
{
    struct json_object *list = page_list(page, "accounts");
    const char *whom = site_text(app->db, req->arena, SITE_SECOND_FACTOR);
    struct account *accounts = NULL;
    size_t n = 0;
    int r = store_account_list(app->db, req->arena, &accounts, &n, e);

    for (size_t i = 0; r == 0 && i < n; i++) {
        struct json_object *row = page_row(list);

        page_number(row, "id", accounts[i].id);
        page_text(row, "login", accounts[i].login);
        page_text(row, "display_name", accounts[i].display_name);
        page_text(row, "rights", account_view_rights(req->arena, &accounts[i]));
        page_flag(row, "disabled", accounts[i].is_disabled);
        page_flag(row, "has_totp", accounts[i].has_totp);
        page_flag(row, "wants_totp",
                  !accounts[i].has_totp && site_demands_code_of(whom, &accounts[i]));
        page_time(row, "seen", accounts[i].last_login_us);
        page_flag(row, "is_me", accounts[i].id == req->who.account_id);
        page_flag(row, "is_file", false);
    }
    add_config_users(req->arena, app, list);
    return r;
}

void page_accounts(struct request *req, struct response *res, struct app *app)
{
    struct json_object *page = page_new(req, res, app, "Accounts", "accounts");
    struct error e = {0};
    int r = add_accounts(req, app, page, &e);

    if (r < 0)
        group_view_failed(req, res, app, r, &e);
    else
        page_send(res, app, 200, "accounts", page);
}

static void show_new(struct request *req, struct response *res, struct app *app,
                     struct form_view *v, const char *suggested, const struct form *form,
                     int status)
{
    account_view_show_rights(req->arena, v, NULL, suggested, form);
    page_text(v->page, "login", form ? form_text(form, "login") : "");
    page_text(v->page, "display_name", form ? form_text(form, "display-name") : "");
    page_send(res, app, status, "account_new", v->page);
}

void page_account_new(struct request *req, struct response *res, struct app *app)
{
    struct form_view v = {.page = page_new(req, res, app, "New account", "accounts")};
    const char *preset = NULL;
    struct error e = {0};

    if (request_query(req, "preset", &preset, &e) < 0)
        page_error(req, res, app, 400, &e);
    else
        show_new(req, res, app, &v, preset, NULL, 200);
}

static void read_account(struct form_view *v, const struct form *form, struct account *out,
                         struct scope *scope)
{
    struct error e = {0};

    out->login = form_text(form, "login");
    out->display_name = form_text(form, "display-name");
    if (account_login_check(span_str(out->login), &e) < 0)
        form_view_refused(v, "login", "Account name: {reason}.", &e);
    if (account_display_name_check(span_str(out->display_name), &e) < 0)
        form_view_refused(v, "display-name", "Display name: {reason}.", &e);
    account_view_read_rights(v, form, out, scope);
}

/* The account has no password: its person sets one, by the link. */
static int make(struct request *req, struct app *app, struct account *account,
                const struct actor *actor, char token[SIGN_IN_LINK_SIZE], struct error *e)
{
    struct actor again = actor_of(req, ACTOR_CONSOLE); /* the form's id is used up by the account */
    int r = store_account_create(app->db, account, actor, &account->id, e);

    return r < 0 ? r : store_sign_in_link_make(app->db, account->id, &again, token, e);
}

void page_account_new_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"login", "display-name", ACCOUNT_RIGHTS_FIELDS, NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    char token[SIGN_IN_LINK_SIZE];
    struct form_view v = {0};
    struct account account = {0};
    struct scope scope = {0};
    struct form form;
    struct error e = {0};
    int status = 422;
    int r = 0;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, "/admin/accounts"))
        return;
    v.page = page_new(req, res, app, "Error: new account", "accounts");
    read_account(&v, &form, &account, &scope);
    if (!form_view_has_problems(&v))
        r = make(req, app, &account, &actor, token, &e);
    if (form_came_second(req, res, app, &actor, r))
        return;
    if (r == ERR_EXISTS)
        form_view_problem(&v, "login", "There is an account of this name.");
    else if (r < 0)
        status = form_view_unsaved(&v, r, &e);
    if (form_view_has_problems(&v))
        show_new(req, res, app, &v, NULL, &form, status);
    else if (r < 0)
        group_view_failed(req, res, app, r, &e);
    else
        sign_in_link_show(req, res, app, &account, token,
                          arena_printf(req->arena, "/admin/accounts/%lld", (long long)account.id));
    explicit_bzero(token, sizeof token);
}
