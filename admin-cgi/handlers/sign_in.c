#include "admin-cgi/handlers/sign_in.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/csrf.h"
#include "admin-cgi/store/store_session.h"

const char *sign_in_next(const char *next)
{
    if (!next || strncmp(next, "/admin/", 7) != 0 || strstr(next, "//") || strchr(next, '\\') ||
        strncmp(next, "/admin/log", 10) == 0 || strncmp(next, "/admin/setup", 12) == 0)
        return "/admin/";
    return next;
}

int sign_in(struct request *req, struct response *res, struct app *app, int64_t account_id,
            const char *group, const char *user, const char *next, struct error *e)
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
    response_redirect(res, 303, sign_in_next(next));
    return 0;
}
