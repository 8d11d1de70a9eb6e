#include "mediad/http/webrtc_http.h"

#include <stdlib.h>
#include <string.h>

#include "common/auth_parse.h"
#include "common/macros.h"
#include "mediad/http/http_state.h"
#include "mediad/http/reply.h"

const struct webrtc_methods webrtc_endpoint = {"OPTIONS, POST", "accept-post:", "application/sdp"};
const struct webrtc_methods webrtc_session = {"OPTIONS, PATCH, DELETE",
                                              "accept-patch:", "application/trickle-ice-sdpfrag"};

/* ---- refusals ---- */

static const char how_to_log_in[] =
    "send a token (Authorization: Bearer TOKEN) or a user's name and password (Basic)";

void webrtc_refuse(struct exchange *x, unsigned status, const char *text)
{
    if (status == 401)
        exchange_header(x, "www-authenticate:", "Bearer");
    if (status == 429 || status == 503)
        exchange_header(x, "retry-after:", "5");
    exchange_answer_text(x, status, text);
}

/* FFmpeg shows the status alone, so that different things to do have different ones; it and OBS
 * take a 503 for the end as any other. */
static unsigned status_of(const char *error)
{
    static const struct {
        const char *error;
        unsigned status;
    } statuses[] = {
        {"not-authorised", 401},
        {"need-username", 401},
        {"duplicate-username", 401},
        {"not-permitted", 403},
        {"banned", 403},
        {"locked", 403},
        {"not-open-yet", 403},
        {"closed", 403},
        {"encrypted", 403},
        {"no-operator", 403},
        {"no-such-group", 404},
        {"no-such-stream", 404},
        {"codec", 406},
        {"full", 409},
        {"duplicate-id", 409},
        {"too-many-streams", 409},
        {"duplicate-stream", 409},
        {"bad-offer", 400},
        {"unusable-offer", 422},
        {"throttled", 429},
        {"too-many-connections", 429},
        {"busy", 503},
        {"server-full", 503},
        {"restarting", 503},
    };

    for (size_t i = 0; error && i < LENGTH(statuses); i++) {
        if (strcmp(statuses[i].error, error) == 0)
            return statuses[i].status;
    }
    return 500;
}

void webrtc_refuse_error(struct exchange *x, const char *error, const char *text)
{
    unsigned status = status_of(error);
    struct buf sentence = {0};

    buf_add_str(&sentence, text);
    if (status == 401)
        buf_printf(&sentence, ": %s", how_to_log_in);
    webrtc_refuse(x, status, buf_str(&sentence));
    buf_release(&sentence);
}

void webrtc_method_refused(struct exchange *x, const struct webrtc_methods *methods)
{
    struct buf text = {0};

    exchange_header(x, "allow:", methods->allow);
    buf_printf(&text, "here are only %s", methods->allow);
    webrtc_refuse(x, 405, buf_str(&text));
    buf_release(&text);
}

/* ---- who asks ---- */

static int read_secret(struct webrtc_login *out, const char *authorization)
{
    struct basic_credentials basic;
    struct span token;
    int r;

    if (bearer_parse(authorization, &token) == 0) {
        out->token = span_dup(token);
        out->secret = span_str(out->token);
        return out->token ? 0 : ERR_NO_MEMORY;
    }
    r = basic_parse(&out->plain, authorization, &basic);
    if (r < 0)
        return r == ERR_NO_MEMORY ? r : ERR_SYNTAX;
    out->username = span_dup(basic.name);
    out->password = span_dup(basic.password);
    out->secret = buf_span(&out->plain);
    return out->username && out->password ? 0 : ERR_NO_MEMORY;
}

int webrtc_login_read(struct webrtc_login *out, struct exchange *x)
{
    int r = 0;

    *out = (struct webrtc_login){0};
    if (x->authorization.len > 0)
        r = read_secret(out, buf_str(&x->authorization));
    if (r == 0 && !out->password)
        out->password = strdup("");
    if (r == 0 && !out->token)
        out->token = strdup("");
    if (r == 0 && (!out->password || !out->token))
        r = ERR_NO_MEMORY;
    if (r < 0)
        webrtc_login_release(out);
    return r;
}

static void wipe(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

void webrtc_login_release(struct webrtc_login *l)
{
    buf_wipe(&l->plain);
    free(l->username);
    wipe(l->password);
    wipe(l->token);
    *l = (struct webrtc_login){0};
}

/* ---- every request ---- */

void webrtc_read(struct exchange *x)
{
    struct buf method = {0};

    exchange_read_header(x->wsi, "access-control-request-method", &method);
    x->is_preflight = x->method == METHOD_OPTIONS && method.len > 0;
    buf_release(&method);
    exchange_read_token(x->wsi, WSI_TOKEN_HTTP_AUTHORIZATION, &x->authorization);
    exchange_read_token(x->wsi, WSI_TOKEN_HTTP_CONTENT_TYPE, &x->content_type);
    exchange_read_token(x->wsi, WSI_TOKEN_HTTP_IF_MATCH, &x->if_match);
    exchange_read_address(x->wsi, x->address, sizeof x->address);
}

/* A browser asks before it sends what a page of another origin wants to, and has no token then. */
static void options(struct exchange *x, const struct webrtc_methods *methods)
{
    if (x->is_preflight) {
        exchange_header(x, "access-control-allow-methods:", methods->allow);
        exchange_header(x,
                        "access-control-allow-headers:", "Authorization, Content-Type, If-Match");
        exchange_header(x, "access-control-max-age:", "600");
    }
    exchange_header(x, "allow:", methods->allow);
    exchange_header(x, methods->accept, methods->type);
    exchange_answer(x, 200, NULL);
}

bool webrtc_begin(struct exchange *x, const struct webrtc_methods *methods)
{
    enum origin_verdict verdict = reply_share(x);

    reply_data_headers(x, verdict == ORIGIN_ALLOWED);
    exchange_header(x, "access-control-expose-headers:", "Location, Link, ETag, Accept-Patch");
    if (verdict == ORIGIN_REFUSED) {
        webrtc_refuse(x, 403, "pages of this origin may not (allowOrigin in data/config.json)");
        return false;
    }
    if (x->method == METHOD_OPTIONS) {
        options(x, methods);
        return false;
    }
    return true;
}

bool webrtc_check_body(struct exchange *x, const struct webrtc_methods *methods)
{
    struct span type = buf_span(&x->content_type);
    struct buf text = {0};

    if (x->body_is_too_large) {
        webrtc_refuse(x, 413, "the body is larger than 1 MiB");
        return false;
    }
    if (buf_check(&x->body) < 0) {
        webrtc_refuse(x, 503, "the server is out of memory");
        return false;
    }
    type = span_trim(span_sub(type, 0, span_index(type, ';', 0)));
    if (span_eq_nocase(type, span_str(methods->type)))
        return true;
    exchange_header(x, methods->accept, methods->type);
    exchange_header(x, "accept:", methods->type);
    buf_printf(&text, "the Content-Type of the body must be %s", methods->type);
    webrtc_refuse(x, 415, buf_str(&text));
    buf_release(&text);
    return false;
}

/* ---- success ---- */

/* A quoted string (RFC 9110 section 5.6.4). */
static void add_quoted(struct buf *b, const char *text)
{
    buf_add_char(b, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            buf_add_char(b, '\\');
        buf_add_char(b, *text);
    }
    buf_add_char(b, '"');
}

static const char *string_of(struct json_object *object, const char *name)
{
    struct json_object *value = json_object_object_get(object, name);

    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

static void add_link(struct exchange *x, struct json_object *server, const char *url)
{
    const char *username = string_of(server, "username");
    const char *credential = string_of(server, "credential");
    bool is_turn = strncasecmp(url, "turn:", 5) == 0 || strncasecmp(url, "turns:", 6) == 0;
    struct buf link = {0};

    if (strchr(url, '>') || (is_turn && !credential))
        return;
    buf_printf(&link, "<%s>; rel=\"ice-server\"", url);
    if (is_turn) {
        buf_add_str(&link, "; username=");
        add_quoted(&link, username ? username : "");
        buf_add_str(&link, "; credential=");
        add_quoted(&link, credential);
        buf_add_str(&link, "; credential-type=\"password\"");
    }
    if (buf_check(&link) == 0)
        exchange_header(x, "link:", buf_str(&link));
    buf_release(&link);
}

void webrtc_links(struct exchange *x)
{
    struct signal_env *env = x->server->env;
    struct json_object *configuration = ice_servers_configuration(env->ice, env->wall_us);
    struct json_object *servers = json_object_object_get(configuration, "iceServers");
    size_t n =
        json_object_is_type(servers, json_type_array) ? json_object_array_length(servers) : 0;

    for (size_t i = 0; i < n; i++) {
        struct json_object *server = json_object_array_get_idx(servers, i);
        struct json_object *urls = json_object_object_get(server, "urls");
        size_t n_urls =
            json_object_is_type(urls, json_type_array) ? json_object_array_length(urls) : 0;

        for (size_t k = 0; k < n_urls; k++)
            add_link(x, server, json_object_get_string(json_object_array_get_idx(urls, k)));
    }
    json_object_put(configuration);
}

void webrtc_created(struct exchange *x, const struct resource *r, const char *name)
{
    struct buf path = {0}, location = {0};

    reply_group_path(&path, x, "/");
    buf_printf(&path, "%s/%s", name, r->id);
    server_config_link(&location, reply_config(x), buf_str(&path));
    exchange_header(x, "location:", buf_str(&location));
    exchange_header(x, "etag:", r->etag);
    exchange_header(x, "accept-patch:", webrtc_session.type);
    webrtc_links(x);
    buf_release(&location);
    buf_release(&path);
    exchange_answer(x, 201, "application/sdp");
}

/* ---- a session's own requests ---- */

/* If-Match: "*", or a list of entity tags (RFC 9110 section 13.1.1). */
static bool if_match_holds(const struct exchange *x, const struct resource *r)
{
    struct span rest = buf_span(&x->if_match), piece;

    if (x->if_match.len == 0)
        return true;
    while (span_split(&rest, ',', &piece)) {
        piece = span_trim(piece);
        if (span_eq_str(piece, "*") || span_eq_str(piece, r->etag))
            return true;
    }
    return false;
}

struct resource *webrtc_find(struct exchange *x, enum resource_kind kind, const char *id)
{
    struct resource *r = resource_find(&x->server->env->resources, kind, x->group, id);
    struct webrtc_login login;
    bool may = false;

    if (!r) {
        webrtc_refuse(x, 404, "there is no such session; it may have ended");
        return NULL;
    }
    if (webrtc_login_read(&login, x) == 0) {
        may = resource_is_secret(r, login.secret);
        webrtc_login_release(&login);
    }
    if (!may && x->authorization.len == 0)
        webrtc_refuse(x, 401, "a request about a session needs the credentials that made it");
    else if (!may)
        webrtc_refuse(x, 403, "these are not the credentials that made the session");
    else if (!if_match_holds(x, r))
        webrtc_refuse(x, 412, "the session has changed: its ETag is another one now");
    else
        return r;
    return NULL;
}

void webrtc_patch(struct exchange *x, struct resource *r,
                  int (*patch)(struct resource *r, struct span fragment, struct buf *answer,
                               bool *is_restart, struct error *e))
{
    struct error e = {0};
    char text[sizeof e.place + sizeof e.text + 4];
    bool is_restart = false;
    int result;

    if (!webrtc_check_body(x, &webrtc_session))
        return;
    result = patch(r, buf_span(&x->body), &x->answer, &is_restart, &e);
    if (result < 0) {
        unsigned status = result == ERR_WRONG_STATE                         ? 409
                          : result == ERR_NO_MEMORY || result == ERR_CRYPTO ? 503
                                                                            : 400;

        webrtc_refuse(x, status, error_describe(&e, text, sizeof text));
        return;
    }
    if (!is_restart) {
        exchange_answer(x, 204, NULL); /* without an ETag: RFC 9725 section 4.3.2 */
        return;
    }
    exchange_header(x, "etag:", r->etag);
    exchange_answer(x, 200, webrtc_session.type);
}
