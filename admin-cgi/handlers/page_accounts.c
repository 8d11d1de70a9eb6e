/* Accounts of the console, for server administrators (spec/console.md 6). */
#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/pages.h"
#include "admin-cgi/page.h"
#include "admin-cgi/password_policy.h"
#include "admin-cgi/session.h"
#include "admin-cgi/store/store_account.h"
#include "admin-cgi/store/store_session.h"
#include "common/group_name.h"

static const struct {
    const char *word;
    const char *label;
    const char *help;
    enum account_role role;
    unsigned caps; /* of the one scope */
} presets[] = {
    {"administrator", "Server administrator", "Everything.", ACCOUNT_ADMINISTRATOR, 0},
    {"auditor", "Auditor", "Sees everything but secrets; changes nothing.", ACCOUNT_AUDITOR, 0},
    {"group", "Group administrator", "Everything in the groups below.", ACCOUNT_SCOPED,
     CAP_ALL & ~(unsigned)CAP_CREATE},
    {"support", "Support", "Sees, moderates and invites in the groups below.", ACCOUNT_SCOPED,
     CAP_VIEW | CAP_MODERATE | CAP_INVITE},
    {"teacher", "Teacher", "Makes groups below the name, and administers them.", ACCOUNT_SCOPED,
     CAP_ALL},
};

#define N_PRESETS (sizeof presets / sizeof presets[0])

static const char *rights_of(struct arena *a, const struct account *account)
{
    const char *text = "";

    if (account->role == ACCOUNT_ADMINISTRATOR)
        return "Server administrator";
    if (account->role == ACCOUNT_AUDITOR)
        return "Auditor";
    for (size_t i = 0; i < account->n_scopes && text; i++) {
        const struct scope *scope = &account->scopes[i];
        const char *name = "Own rights";

        for (size_t k = 0; k < N_PRESETS; k++)
            if (presets[k].role == ACCOUNT_SCOPED && presets[k].caps == scope->caps)
                name = presets[k].label;
        text = arena_printf(a, "%s%s%s: %s%s", text, i ? "; " : "", name, scope->prefix,
                            scope->subtree ? (*scope->prefix ? " and below" : "all groups") : "");
    }
    return text && *text ? text : "Nothing";
}

static void add_config_users(struct app *app, struct json_object *list)
{
    const struct server_config *config = app_config(app);

    for (size_t i = 0; i < config->n_users; i++) {
        struct json_object *row;

        if (config->users[i].permissions.role != ROLE_ADMIN)
            continue;
        row = page_row(list);
        page_text(row, "login", config->users[i].name);
        page_text(row, "rights", "Server administrator");
        page_flag(row, "is_file", true);
    }
}

static int add_accounts(struct request *req, struct app *app, struct json_object *page,
                        struct error *e)
{
    struct json_object *list = page_list(page, "accounts");
    struct account *accounts = NULL;
    size_t n = 0;
    int r = store_account_list(app->db, req->arena, &accounts, &n, e);

    for (size_t i = 0; r == 0 && i < n; i++) {
        struct json_object *row = page_row(list);

        page_number(row, "id", accounts[i].id);
        page_text(row, "login", accounts[i].login);
        page_text(row, "rights", rights_of(req->arena, &accounts[i]));
        page_flag(row, "disabled", accounts[i].is_disabled);
        page_time(row, "seen", accounts[i].last_login_us);
        page_flag(row, "is_me", accounts[i].id == req->who.account_id);
        page_flag(row, "is_file", false);
    }
    add_config_users(app, list);
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

static void show_new(struct response *res, struct app *app, struct form_view *v,
                     const struct form *form)
{
    struct json_object *list = page_list(v->page, "presets");
    const char *chosen = form ? form_text(form, "preset") : "group";

    for (size_t i = 0; i < N_PRESETS; i++)
        form_option(list, presets[i].word, presets[i].label, presets[i].help, chosen);
    page_text(v->page, "login", form ? form_text(form, "login") : "");
    page_text(v->page, "prefix", form ? form_text(form, "prefix") : "");
    page_flag(v->page, "subtree", !form || form_has(form, "subtree"));
    page_send(res, app, form ? 422 : 200, "account_new", v->page);
}

void page_account_new(struct request *req, struct response *res, struct app *app)
{
    struct form_view v = {.page = page_new(req, res, app, "New account", "accounts")};

    show_new(res, app, &v, NULL);
}

static void read_account(struct form_view *v, const struct form *form, struct account *out,
                         struct scope *scope)
{
    const char *preset = form_text(form, "preset");
    const char *prefix = form_text(form, "prefix");
    struct error e = {0};
    size_t i = 0;

    out->login = form_text(form, "login");
    out->must_change = true;
    if (account_login_check(span_str(out->login), &e) < 0)
        form_view_problem(v, "login", "Account name: %s.", e.text);
    if (password_policy_check(span_str(form_text(form, "password")), span_str(out->login), &e) < 0)
        form_view_problem(v, "password", "Password: %s.", e.text);
    while (i < N_PRESETS && strcmp(preset, presets[i].word) != 0)
        i++;
    if (i == N_PRESETS) {
        form_view_problem(v, "preset", "Choose what the account may do.");
        return;
    }
    out->role = presets[i].role;
    if (out->role != ACCOUNT_SCOPED)
        return;
    *scope = (struct scope){
        .prefix = prefix, .subtree = form_has(form, "subtree"), .caps = presets[i].caps};
    out->scopes = scope;
    out->n_scopes = 1;
    if ((*prefix || !scope->subtree) && group_name_check(span_str(prefix), &e) < 0)
        form_view_problem(v, "prefix", "Group: %s.", e.text);
}

void page_account_new_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"login", "password", "preset", "prefix", "subtree", NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct form_view v = {0};
    struct account account = {0};
    struct scope scope = {0};
    struct buf hash = {0};
    struct form form;
    struct error e = {0};
    int64_t id;
    int r = 0;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, "/admin/accounts"))
        return;
    v.page = page_new(req, res, app, "Error: new account", "accounts");
    read_account(&v, &form, &account, &scope);
    if (!form_view_has_problems(&v)) {
        r = account_hash_make(&hash, span_str(form_text(&form, "password")), &e);
        account.pw_hash = buf_str(&hash);
        if (r == 0)
            r = store_account_create(app->db, &account, &actor, &id, &e);
        buf_wipe(&hash);
    }
    if (form_came_second(req, res, app, &actor, r))
        return;
    if (r == ERR_EXISTS)
        form_view_problem(&v, "login", "There is an account of this name.");
    if (form_view_has_problems(&v))
        show_new(res, app, &v, &form);
    else if (r < 0)
        group_view_failed(req, res, app, r, &e);
    else
        page_done(req, res, app, "/admin/accounts",
                  arena_printf(req->arena,
                               "The account %s was made. Its password must be changed at the first "
                               "sign-in.",
                               account.login),
                  NULL);
}

static int act(struct request *req, struct app *app, const char *action, struct account *account,
               struct error *e)
{
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    bool config_has_admin = app_config_has_admin(app);

    if (strcmp(action, "disable") == 0 || strcmp(action, "enable") == 0)
        return store_account_set_rights(app->db, account->id, account->role,
                                        strcmp(action, "disable") == 0, account->scopes,
                                        account->n_scopes, config_has_admin, &actor, e);
    if (strcmp(action, "delete") == 0)
        return store_account_delete(app->db, account->id, config_has_admin, &actor, e);
    if (strcmp(action, "end-sessions") == 0)
        return store_session_end_all(app->db, account->id, 0, e);
    return error_set(e, ERR_INVALID, "action", "there is no such action");
}

void page_accounts_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"id", "action", NULL};
    struct account account;
    struct form form;
    struct error e = {0};
    uint64_t id = 0;
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0)
        return;
    r = span_u64(span_str(form_text(&form, "id")), &id) && id <= INT64_MAX
            ? store_account_get(app->db, req->arena, (int64_t)id, &account, &e)
            : error_set(&e, ERR_NOT_FOUND, NULL, "there is no such account");
    if (r == 0)
        r = act(req, app, form_text(&form, "action"), &account, &e);
    if (r < 0)
        group_view_failed(req, res, app, r, &e);
    else
        page_done(req, res, app, "/admin/accounts",
                  arena_printf(req->arena, "Done for the account %s.", account.login), NULL);
}
