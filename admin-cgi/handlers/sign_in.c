#include "admin-cgi/handlers/sign_in.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/csrf.h"
#include "admin-cgi/handlers/group_form.h"
#include "admin-cgi/kept_form.h"
#include "admin-cgi/device.h"
#include "admin-cgi/page.h"
#include "admin-cgi/say.h"
#include "admin-cgi/session.h"
#include "admin-cgi/shared.h"
#include "admin-cgi/site/site_value.h"
#include "admin-cgi/store/db_transaction.h"
#include "admin-cgi/store/actor.h"
#include "admin-cgi/store/store_account.h"
#include "admin-cgi/store/store_audit.h"
#include "admin-cgi/store/store_session.h"
#include "admin-cgi/zone.h"
#include "common/log.h"

static const struct log_ctx ctx = {.room = "login"};

const char *sign_in_next(const char *next)
{
    if (!next || strncmp(next, "/admin/", 7) != 0 || strstr(next, "//") || strchr(next, '\\') ||
        strncmp(next, "/admin/log", 10) == 0 || strncmp(next, "/admin/setup", 12) == 0 ||
        strncmp(next, "/admin/sign-in-link", 19) == 0)
        return "/admin/";
    return next;
}

/* Fields that nobody fills in. */
static bool is_for_us(const char *name)
{
    return strcmp(name, "base") == 0 || strcmp(name, "seen") == 0 || strcmp(name, "action") == 0 ||
           strcmp(name, "secret") == 0;
}

bool sign_in_resume(struct request *req, struct response *res, struct app *app, const char *sealed,
                    const char *session_id)
{
    struct json_object *page, *list;
    struct kept_form kept;

    if (!sealed || !*sealed || kept_form_open(&kept, req, app, sealed, NULL) < 0)
        return false;
    page = page_new(req, res, app, "Go on where you were", NULL);
    list = page_list(page, "fields");
    for (size_t i = 0; i < kept.form.n_fields; i++) {
        const struct form_field *f = &kept.form.fields[i];
        struct json_object *row = page_row(list);

        page_text(row, "name", f->name);
        page_text(row, "value", f->value);
        page_text(row, "label", group_form_label(f->name));
        page_flag(row, "is_shown", f->len > 0 && !is_for_us(f->name));
    }
    page_text(page, "path", kept.path);
    page_text(page, "csrf", csrf_token_of_session(req, app, session_id));
    page_send(res, app, 200, "kept", page);
    return true;
}

/* ---- what the first page says ---- */

static const char *failures_text(struct arena *a, int64_t n)
{
    if (n == 0)
        return "";
    return arena_printf(a, " %s",
                        say_count(a, "{n} attempts with a wrong password or code failed since.",
                                  "One attempt with a wrong password or code failed since.",
                                  (uint64_t)n));
}

/* What the account's person should know, noticed or not: when it was used last, by whomever. */
static const char *greeting(struct arena *a, const struct account *account)
{
    const char *notice = account->notice;
    const char *text;

    if (account->last_login_us)
        text = say_with(a, "You signed in last on {time} from {address}.", "time",
                        zone_time_text(a, account->zone, account->last_login_us), "address",
                        account->last_login_address, NULL);
    else
        text = say(a, "This is the first sign-in of your account.");
    for (size_t len = strcspn(notice, "\n"); text && *notice; len = strcspn(notice, "\n")) {
        const char *line = arena_dup(a, span_of(notice, len));

        text = line ? arena_printf(a, "%s %s", text, say_reported(a, line)) : NULL;
        notice += len + (notice[len] != 0);
    }
    return text;
}

/* Notes the sign-in. @return the first page's message as JSON; NULL: none. In the arena */
static int note_account(struct request *req, struct app *app, int64_t id, const char **flash,
                        struct error *e)
{
    struct arena *a = req->arena;
    struct json_object *object = arena_json(a, json_object_new_object());
    struct account before, after;
    const char *text;
    int r = store_account_get(app->db, a, id, &before, e);

    if (r == 0)
        r = store_account_note_login(app->db, id, req->client_address, req->now_us, e);
    if (r == 0)
        r = store_account_get(app->db, a, id, &after, e);
    if (r < 0)
        return r;
    text = greeting(a, &before);
    if (text)
        page_text(object, "text",
                  arena_printf(a, "%s%s", text, failures_text(a, after.previous_failures)));
    *flash = object ? json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN) : NULL;
    return 0;
}

/* ---- the end of every way in ---- */

static void audit(struct request *req, struct app *app, const char *name, const char *result,
                  const char *detail)
{
    struct actor actor = actor_of(req, ACTOR_CONSOLE);
    struct audit_entry entry = {.action = "login",
                                .object_kind = "account",
                                .object = name,
                                .result = result,
                                .detail = detail};
    struct error e = {0};

    actor.name = name;
    if (store_audit_add(app->db, &actor, &entry, &e) < 0)
        log_warn(&ctx, "a sign-in was not written to the audit log: %s", e.text);
}

void sign_in_refused(struct request *req, struct app *app, const char *name, const char *detail)
{
    audit(req, app, name, "refused", detail);
}

/* The row of the log, what the account knows of its last sign-in and of what its person has not
 * been told yet, and the session that tells it: all or none, whenever this process is killed. */
static int note_all(struct request *req, struct app *app, const struct sign_in *s,
                    struct session_new *session, char id[SESSION_ID_SIZE], struct error *e)
{
    int r = db_begin(app->db, e);

    if (r < 0)
        return r;
    audit(req, app, s->name, "ok", NULL);
    if (s->account_id)
        r = note_account(req, app, s->account_id, &session->flash, e);
    if (r == 0)
        r = store_session_create(app->db, session, request_cookie(req, SESSION_COOKIE), req->now_us,
                                 id, e);
    return db_finish(app->db, true, r, e);
}

int sign_in(struct request *req, struct response *res, struct app *app, const struct sign_in *s,
            struct error *e)
{
    const char *agent = request_header(req, "User-Agent");
    /* A kept form belongs to the name that this browser is known for. */
    const char *kept = device_known(req, app, s->group, s->name) ? s->kept : NULL;
    struct session_new session = {
        .account_id = s->account_id,
        .group = s->group,
        .user = s->account_id ? "" : s->name,
        .address = req->client_address,
        .agent = agent ? agent : "",
        .idle_us = site_time_us(app->db, SITE_SESSION_IDLE, 60),
        .lifetime_us = site_time_us(app->db, SITE_SESSION_LONGEST, 3600),
    };
    char id[SESSION_ID_SIZE];
    int r = note_all(req, app, s, &session, id, e);

    if (r < 0)
        return r;
    shared_add(app->shared, COUNTER_SIGN_IN_OK);
    device_know(req, res, app, s->group, s->name);
    session_cookie(res, app, id);
    response_cookie(res, PRESESSION_COOKIE, "", 0);
    if (!sign_in_resume(req, res, app, kept, id))
        response_redirect(res, 303, sign_in_next(s->next));
    return 0;
}
