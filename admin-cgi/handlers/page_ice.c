#include "admin-cgi/handlers/page_ice.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/handlers/form_view.h"
#include "admin-cgi/handlers/group_view.h"
#include "admin-cgi/handlers/network_view.h"
#include "admin-cgi/handlers/settings_view.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/site/ice_text.h"
#include "admin-cgi/store/store_server_file.h"
#include "common/macros.h"

#define ICE_PATH "/admin/settings/ice"
#define SAVED_PATH ICE_PATH "?test=yes" /* which runs the test */
#define NEW_SERVER SIZE_MAX

static const struct {
    enum ice_login login;
    const char *word, *label, *short_label;
} logins[] = {
    {ICE_NO_LOGIN, "none", TEXT("None: a STUN server"), TEXT("None")},
    {ICE_HMAC, "hmac-sha1",
     TEXT("A shared secret, from which each meeting gets a log-in for a day"),
     TEXT("Shared secret")},
    {ICE_PASSWORD, "password", TEXT("A name and a password, told to everybody who joins"),
     TEXT("Password")},
    {ICE_OTHER, "other", TEXT("As it is in the file"), TEXT("Other")},
};

/** The form's fields as text. */
struct ice_fields {
    size_t index; /* NEW_SERVER: one more */
    const char *urls, *username;
    enum ice_login login;
    bool has_credential;
};

static const char *login_word(enum ice_login login)
{
    for (size_t i = 0; i < LENGTH(logins); i++) {
        if (logins[i].login == login)
            return logins[i].word;
    }
    return "";
}

static void add_rows(struct request *req, struct json_object *page, const struct ice_row *rows,
                     size_t n)
{
    struct json_object *list = page_list(page, "servers");

    for (size_t i = 0; i < n; i++) {
        struct json_object *row = page_row(list);

        page_number(row, "index", (int64_t)i);
        page_number(row, "number", (int64_t)i + 1);
        page_text(row, "urls", rows[i].urls);
        page_text(row, "username", rows[i].username);
        page_flag(row, "has_credential", rows[i].has_credential);
        for (size_t k = 0; k < LENGTH(logins); k++) {
            if (logins[k].login == rows[i].login)
                page_text(row, "login", say(req->arena, logins[k].short_label));
        }
        page_text(row, "problem", rows[i].problem ? rows[i].problem : "");
        page_text(row, "edit", arena_printf(req->arena, ICE_PATH "?edit=%zu#server", i));
        page_flag(row, "may_rise", i > 0);
    }
    page_flag(page, "has_servers", n > 0);
}

static void add_form(struct request *req, struct json_object *page, const struct ice_fields *f)
{
    struct json_object *list = page_list(page, "logins");

    page_flag(page, "is_new", f->index == NEW_SERVER);
    if (f->index != NEW_SERVER) {
        page_text(page, "index", arena_printf(req->arena, "%zu", f->index));
        page_number(page, "number", (int64_t)f->index + 1);
    } else {
        page_text(page, "index", "");
    }
    page_text(page, "urls", f->urls);
    page_text(page, "username", f->username);
    page_flag(page, "has_credential", f->has_credential);
    for (size_t i = 0; i < LENGTH(logins); i++) {
        if (logins[i].login != ICE_OTHER || f->login == ICE_OTHER)
            form_option(list, logins[i].word, say(req->arena, logins[i].label), NULL,
                        login_word(f->login));
    }
}

/* @param typed NULL: a new one, or server `index` as the file has it */
static void show(struct request *req, struct response *res, struct app *app, struct form_view *v,
                 const struct ice_fields *typed, size_t index, int status)
{
    struct ice_fields fields = {.index = NEW_SERVER, .urls = "", .username = "", .login = ICE_HMAC};
    struct ice_row *rows = NULL;
    struct file_state file = {0};
    struct error e = {0};
    size_t n = 0;
    int r = store_server_file_get(app->db, req->arena, FILE_ICE, req->now_us, &file, &e);

    if (r == 0 && !store_server_file_obstacle(&file))
        r = ice_text_read(&rows, &n, req->arena, store_server_file_text(&file), &e);
    if (r < 0) {
        group_view_failed(req, res, app, r, &e);
        return;
    }
    if (!typed && index < n)
        fields = (struct ice_fields){.index = index,
                                     .urls = rows[index].urls,
                                     .username = rows[index].username,
                                     .login = rows[index].login,
                                     .has_credential = rows[index].has_credential};
    settings_add_file(v->page, &file, "data/ice-servers.json");
    add_rows(req, v->page, rows, n);
    add_form(req, v->page, typed ? typed : &fields);
    page_send(res, app, status, "ice", v->page);
}

static size_t index_of(const char *text)
{
    uint64_t n;

    return text && span_u64(span_str(text), &n) && n < ICE_TEXT_MAX_SERVERS * 50 ? (size_t)n
                                                                                 : NEW_SERVER;
}

/* After a change: does what is written there work? The script begins at once; without one there is
 * the button. */
static void add_test(struct request *req, struct app *app, struct json_object *page)
{
    const struct network_rows list = network_view_rows(req, app);

    network_view_add(req, app, page, &list, false);
    page_flag(page, "has_test", list.n > 0);
    page_flag(page, "runs", true);
}

void page_ice(struct request *req, struct response *res, struct app *app)
{
    struct form_view v = {.page = settings_page(req, res, app, "STUN and TURN", ICE_PATH)};
    const char *edit = NULL, *test = NULL;
    struct error e = {0};

    if (request_query(req, "edit", &edit, &e) < 0 || request_query(req, "test", &test, &e) < 0) {
        page_error(req, res, app, 400, &e);
        return;
    }
    if (test)
        add_test(req, app, v.page);
    show(req, res, app, &v, NULL, index_of(edit), 200);
}

/** What a form asks of the file. */
struct ice_order {
    const char *action; /* "save", "up", "down", "remove" */
    size_t index;
    struct ice_entry entry;
};

static int edit(struct buf *out, struct span text, void *arg, struct error *e)
{
    const struct ice_order *o = arg;

    if (strcmp(o->action, "save") == 0)
        return ice_text_put(out, text, o->index, &o->entry, e);
    if (strcmp(o->action, "up") == 0)
        return ice_text_raise(out, text, o->index, e);
    if (strcmp(o->action, "down") == 0)
        return ice_text_raise(out, text, o->index + 1, e);
    if (strcmp(o->action, "remove") == 0)
        return ice_text_remove(out, text, o->index, e);
    return error_set(e, ERR_INVALID, NULL, "the form does not say what is to be done");
}

static enum ice_login login_of(const char *word)
{
    for (size_t i = 0; i < LENGTH(logins); i++) {
        if (strcmp(logins[i].word, word) == 0)
            return logins[i].login;
    }
    return ICE_NO_LOGIN;
}

static const char *done_text(const struct ice_order *o)
{
    if (strcmp(o->action, "remove") == 0)
        return TEXT("The server was removed. Who joins from now on is not told of it.");
    if (strcmp(o->action, "save") == 0)
        return TEXT("The server was saved. Who joins from now on is told of it.");
    return TEXT("The order was changed.");
}

static void refuse(struct request *req, struct response *res, struct app *app,
                   const struct form *form, const struct ice_order *o, int code, struct error *e)
{
    struct form_view v = {.page = settings_page(req, res, app, "Error: STUN and TURN", ICE_PATH)};
    const struct ice_fields typed = {.index = o->index,
                                     .urls = o->entry.urls,
                                     .username = o->entry.username,
                                     .login = o->entry.login,
                                     .has_credential = form_has(form, "had_credential")};
    int status = 422;

    if (code == ERR_INVALID && e->place[0])
        form_view_problem(&v, e->place, "%c%s.", e->text[0] >= 'a' ? e->text[0] - 32 : e->text[0],
                          e->text + 1);
    else
        status = settings_file_unsaved(&v, code, e);
    if (status)
        show(req, res, app, &v, strcmp(o->action, "save") == 0 ? &typed : NULL, NEW_SERVER, status);
    else
        group_view_failed(req, res, app, code, e);
}

void page_ice_post(struct request *req, struct response *res, struct app *app)
{
    static const char *const fields[] = {"action",     "index",          "seen",
                                         "urls",       "login",          "username",
                                         "credential", "had_credential", NULL};
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct ice_order order;
    struct file_result result = {0};
    struct form form;
    struct error e = {0};
    int r;

    if (form_of_request(req, res, app, &form, fields, NULL) < 0 ||
        form_was_used(req, res, app, &form, &actor, ICE_PATH))
        return;
    order = (struct ice_order){.action = form_text(&form, "action"),
                               .index = index_of(form_get(&form, "index")),
                               .entry = {.urls = form_text(&form, "urls"),
                                         .login = login_of(form_text(&form, "login")),
                                         .username = form_text(&form, "username"),
                                         .credential = form_text(&form, "credential")}};
    r = store_server_file_change(app->db,
                                 &(struct server_file_change){.kind = FILE_ICE,
                                                              .seen = form_text(&form, "seen"),
                                                              .actor = &actor,
                                                              .edit = edit,
                                                              .arg = &order},
                                 &result, &e);
    if (form_came_second(req, res, app, &actor, r))
        return;
    if (r == 0)
        page_done(req, res, app, result.changed ? SAVED_PATH : ICE_PATH,
                  result.changed ? done_text(&order) : "Nothing was changed.", NULL);
    else
        refuse(req, res, app, &form, &order, r, &e);
}
