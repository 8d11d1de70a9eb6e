#include "mediad/http/webrtc_endpoint.h"

#include "mediad/http/http_state.h"
#include "mediad/http/reply.h"
#include "mediad/http/webrtc_http.h"

/* ---- POST ---- */

static void refused(void *arg, const char *error, const char *text)
{
    webrtc_refuse_error(arg, error, text);
}

/* The group's page is elsewhere, and so is what belongs to it. */
static void redirected(void *arg, const char *target)
{
    struct exchange *x = arg;
    struct route_match match;
    struct buf location = {0};
    size_t len;

    route_find(&match, buf_span(&x->uri));
    buf_add_str(&location, target);
    len = location.len;
    if (len > 0 && buf_str(&location)[len - 1] != '/')
        buf_add_char(&location, '/');
    buf_add_str(&location, x->webrtc->name);
    buf_add_span(&location, match.query);
    exchange_header(x, "location:", buf_str(&location));
    buf_release(&location);
    exchange_answer_text(x, 307, "the group is elsewhere");
}

static void accepted(void *arg, struct resource *r, struct span answer)
{
    struct exchange *x = arg;

    buf_add_span(&x->answer, answer);
    webrtc_created(x, r, x->webrtc->name);
}

static const struct visitor_waiter waiter = {
    .refused = refused, .redirected = redirected, .accepted = accepted};

static void begin(struct exchange *x, const struct webrtc_login *login, struct span query)
{
    const char *username = login->username ? login->username : x->webrtc->username;
    const struct visitor_request request = {.group = x->group,
                                            .username = username,
                                            .password = login->password,
                                            .token = login->token,
                                            .secret = login->secret,
                                            .address = x->address,
                                            .sdp = buf_span(&x->body)};

    x->webrtc->begin(x, query, &request, &waiter);
}

static void endpoint_request(struct exchange *x, struct span query)
{
    struct webrtc_login login;
    int r;

    if (!webrtc_begin(x, &webrtc_endpoint))
        return;
    if (x->method != METHOD_POST) {
        webrtc_method_refused(x, &webrtc_endpoint);
        return;
    }
    if (!webrtc_check_body(x, &webrtc_endpoint))
        return;
    r = webrtc_login_read(&login, x);
    if (r < 0) {
        webrtc_refuse_error(x, r == ERR_NO_MEMORY ? "busy" : "not-authorised",
                            "the Authorization header is neither Bearer nor Basic");
        return;
    }
    begin(x, &login, query);
    webrtc_login_release(&login);
}

/* ---- a session ---- */

static void session_request(struct exchange *x, const char *id)
{
    struct resource *r;

    if (!webrtc_begin(x, &webrtc_session))
        return;
    if (x->method != METHOD_DELETE && x->method != METHOD_PATCH) {
        webrtc_method_refused(x, &webrtc_session);
        return;
    }
    r = webrtc_find(x, x->webrtc->resource, id);
    if (r && x->method == METHOD_PATCH) {
        webrtc_patch(x, r, x->webrtc->patch);
    } else if (r) {
        r->end(r);
        exchange_answer(x, 200, NULL);
    }
}

static void request_came(struct exchange *x)
{
    struct route_match match;
    struct buf path = {0};

    route_find(&match, buf_span(&x->uri));
    if (reply_from_canonical_host(x))
        return;
    if (match.route == x->webrtc->with_slash) {
        buf_printf(&path, "/%s", x->webrtc->name);
        reply_redirect_to_group(x, buf_str(&path), match.query);
        buf_release(&path);
    } else if (match.route == x->webrtc->session) {
        session_request(x, match.session);
    } else {
        endpoint_request(x, match.query);
    }
}

void webrtc_endpoint_handle(struct exchange *x, const struct webrtc_kind *kind)
{
    x->webrtc = kind;
    webrtc_read(x);
    /* What a connection has not read when it ends may take the answer with it. */
    x->body_came = request_came;
}
