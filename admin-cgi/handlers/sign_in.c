#include "admin-cgi/handlers/sign_in.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/csrf.h"
#include "admin-cgi/handlers/group_form.h"
#include "admin-cgi/kept_form.h"
#include "admin-cgi/page.h"
#include "admin-cgi/store/store_session.h"

const char *sign_in_next(const char *next)
{
    if (!next || strncmp(next, "/admin/", 7) != 0 || strstr(next, "//") || strchr(next, '\\') ||
        strncmp(next, "/admin/log", 10) == 0 || strncmp(next, "/admin/setup", 12) == 0)
        return "/admin/";
    return next;
}

/* Fields that nobody fills in. */
static bool is_for_us(const char *name)
{
    return strcmp(name, "base") == 0 || strcmp(name, "seen") == 0 || strcmp(name, "action") == 0;
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

int sign_in(struct request *req, struct response *res, struct app *app, int64_t account_id,
            const char *group, const char *user, const char *next, const char *kept,
            struct error *e)
{
    const char *agent = request_header(req, "User-Agent");
    struct session_new session = {
        .account_id = account_id,
        .group = group,
        .user = user,
        .address = req->client_address,
        .agent = agent ? agent : "",
    };
    char id[SESSION_ID_SIZE];
    int r = store_session_create(app->db, &session, request_cookie(req, SESSION_COOKIE),
                                 req->now_us, id, e);

    if (r < 0)
        return r;
    response_cookie(res, SESSION_COOKIE, id, SESSION_SECONDS);
    response_cookie(res, PRESESSION_COOKIE, "", 0);
    if (!sign_in_resume(req, res, app, kept, id))
        response_redirect(res, 303, sign_in_next(next));
    return 0;
}
