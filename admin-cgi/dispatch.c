#include "admin-cgi/dispatch.h"

#include <string.h>

#include "admin-cgi/app.h"
#include "admin-cgi/auth.h"
#include "admin-cgi/page_language.h"
#include "admin-cgi/session.h"
#include "admin-cgi/shared.h"
#include "admin-cgi/store/db.h"
#include "common/server_origin.h"

static bool is_page(enum response_class class)
{
    return class == RESPONSE_PAGE || class == RESPONSE_LANDING;
}

/* Routes that API credentials open, and those of programs; all others are for people with sessions.
 */
static bool has_credentials(const struct route *route)
{
    return !is_page(route->class) || route->access == ACCESS_RECORDINGS;
}

/* An error in the words and form of the route's class. */
static void fail(struct request *req, struct response *res, struct app *app, int status,
                 const char *text)
{
    struct error e = {0};

    error_set(&e, ERR_INVALID, NULL, "%s", text);
    if (is_page(res->class))
        page_error(req, res, app, status, &e);
    else
        response_error(res, status, &e);
}

/* Pages and recordings go to the one name they are known by; the query stays, and 308 keeps the
 * method (HTTP-6). */
static bool redirect_to_canonical(struct request *req, struct response *res, struct app *app)
{
    struct buf location = {0};
    struct span path = req->raw_path;
    bool due;

    if (req->raw_query.len) /* path and query stand in one string */
        path.len += 1 + req->raw_query.len;
    due = server_config_redirect(&location, app_config(app), span_str(req->host), path);
    if (due && buf_check(&location) == 0)
        response_redirect(res, 308, buf_str(&location));
    buf_release(&location);
    return due;
}

static enum origin_verdict judge_origin(struct request *req, struct app *app)
{
    const struct server_config *config = app_config(app);
    const char *origin = request_header(req, "Origin");

    return origin_check(config, span_str(origin), span_str(req->host), config->allow_admin_origin);
}

/* HTTP-3 */
static void add_cors(struct request *req, struct response *res, enum origin_verdict verdict,
                     unsigned allowed)
{
    response_header(res, "Vary", "Origin");
    if (verdict == ORIGIN_ALLOWED) {
        response_header(res, "Access-Control-Allow-Origin", request_header(req, "Origin"));
        response_header(res, "Access-Control-Expose-Headers", "ETag, Location");
    }
    if (req->method == METHOD_OPTIONS) {
        response_header(res, "Access-Control-Allow-Methods",
                        router_allow(req->arena, allowed, true));
        response_header(res, "Access-Control-Allow-Headers",
                        "Authorization, Content-Type, If-Match, If-None-Match");
    }
}

/* Requests that a browser makes for a foreign page, with the password it remembers. */
static bool is_foreign(struct request *req, enum origin_verdict verdict)
{
    const char *site = request_header(req, "Sec-Fetch-Site");

    if (request_is_safe(req) || verdict == ORIGIN_ALLOWED)
        return false;
    if (site)
        return strcmp(site, "cross-site") == 0 || strcmp(site, "same-site") == 0;
    return verdict == ORIGIN_REFUSED;
}

static bool read_body(struct request *req, struct response *res, struct app *app,
                      const struct route *route)
{
    switch (request_read_body(req, route->body_max)) {
    case 0:
        return true;
    case ERR_TOO_LARGE:
        fail(req, res, app, 413, "the body is too large");
        return false;
    case ERR_NO_MEMORY:
        fail(req, res, app, 503, "no memory for the body");
        return false;
    default:
        fail(req, res, app, 400, "the body ended early");
        return false;
    }
}

static void not_allowed(struct request *req, struct response *res, struct app *app,
                        const struct route_match *match)
{
    fail(req, res, app, 405, "this method is not allowed here");
    response_header(res, "Allow",
                    router_allow(req->arena, match->allowed, res->class == RESPONSE_API));
}

static void walk_api(struct request *req, struct response *res, struct app *app,
                     const struct route_match *match)
{
    enum origin_verdict verdict = judge_origin(req, app);

    if (res->class == RESPONSE_API)
        add_cors(req, res, verdict, match->allowed);
    if (req->method == METHOD_OPTIONS && res->class == RESPONSE_API) {
        response_no_body(res, 200);
        return;
    }
    if (is_foreign(req, verdict)) {
        shared_add(app->shared, COUNTER_FOREIGN_REFUSED);
        fail(req, res, app, 403, "this request comes from another site");
        return;
    }
    if (auth_guard(req, res, app, match->route ? match->route : match->any) < 0)
        return;
    if (is_page(res->class))
        page_language(req, res, app);
    if (!match->route)
        not_allowed(req, res, app, match);
    else if (read_body(req, res, app, match->route))
        match->route->handler(req, res, app);
}

static void walk_page(struct request *req, struct response *res, struct app *app,
                      const struct route_match *match)
{
    if (!match->route)
        not_allowed(req, res, app, match);
    else if (((match->route->flags & ROUTE_STREAMED) || read_body(req, res, app, match->route)) &&
             session_guard(req, res, app, match->route) == 0)
        match->route->handler(req, res, app);
}

/* No row: the API answers in its own manner, everything else with a page. */
static void not_found(struct request *req, struct response *res, struct app *app)
{
    bool is_api = span_starts_with(req->raw_path, "/galene-api/");

    res->class = is_api ? RESPONSE_API : RESPONSE_LANDING;
    fail(req, res, app, 404, "there is nothing here");
}

/* The site may be a path of another one: what we answer lies below it, whether or not the proxy
 * took it off the request. */
static int go_below_base(struct request *req, struct response *res, struct app *app)
{
    const struct server_config *config = app_config(app);
    const struct span path = server_config_strip(config, req->raw_path);

    req->base = res->base = arena_dup(req->arena, server_config_base_path(config));
    if (!req->base)
        return ERR_NO_MEMORY;
    return path.len < req->raw_path.len ? request_set_path(req, path) : 0;
}

void dispatch(const struct route_table *const *tables, struct request *req, struct response *res,
              struct app *app)
{
    struct route_match match;

    res->is_head = req->method == METHOD_HEAD;
    if (go_below_base(req, res, app) < 0 || router_match(tables, req, &match) < 0) {
        res->class = RESPONSE_API;
        response_text(res, 503, "no memory\n");
        return;
    }
    if (!match.any) {
        not_found(req, res, app);
        return;
    }
    req->route = match.route ? match.route : match.any;
    if ((req->route->flags & ROUTE_FREEING) || req->method == METHOD_DELETE)
        db_make_room(app->db);
    res->class = req->route->class;
    if (res->class != RESPONSE_API && redirect_to_canonical(req, res, app))
        return;
    if (has_credentials(req->route))
        walk_api(req, res, app, &match);
    else
        walk_page(req, res, app, &match);
}
