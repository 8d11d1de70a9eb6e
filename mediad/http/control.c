/* The control socket, for admin-cgi: what is live, what is wrong, moderation (S65;
 * docs/CONTROL.md). Rights were decided there; verbs that are not known here are refused. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/macros.h"
#include "mediad/http/control_internal.h"

#define BODY_MAX (1024 * 1024)

bool control_peer_is_allowed(const struct http_server *server, struct lws *wsi)
{
    struct ucred peer;
    socklen_t len = sizeof peer;

    if (getsockopt(lws_get_socket_fd(wsi), SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
        return false;
    return peer.uid == geteuid() || peer.uid == 0 ||
           (server->has_control_uid && peer.uid == server->control_uid);
}

void control_answer(struct exchange *x, unsigned status, struct json_object *json)
{
    size_t len = 0;
    const char *text =
        json ? json_object_to_json_string_length(
                   json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len)
             : NULL;

    buf_clear(&x->answer);
    if (text) {
        buf_add(&x->answer, text, len);
        buf_add_char(&x->answer, '\n');
    } else {
        x->answer.bad = true;
    }
    exchange_header(x, "cache-control:", "no-store");
    exchange_answer(x, status, "application/json");
    json_object_put(json);
}

void control_refuse(struct exchange *x, unsigned status, const char *code, const char *text)
{
    struct json_object *json = json_object_new_object();

    if (json) {
        json_object_object_add(json, "error", json_object_new_string(code));
        json_object_object_add(json, "text", json_object_new_string(text));
    }
    control_answer(x, status, json);
}

static const struct {
    const char *path;
    bool takes_body;
    void (*handle)(struct exchange *x);
} verbs[] = {
    {"/v0/groups", false, control_groups},       {"/v0/public", false, control_public},
    {"/v0/metrics", false, control_metrics},     {"/v0/stats", false, control_stats},
    {"/v0/health", false, control_health},       {"/v0/problems", false, control_problems},
    {"/v0/groups/action", true, control_action}, {"/v0/notice", true, control_notice},
};

static void handle(struct exchange *x)
{
    for (size_t i = 0; i < LENGTH(verbs); i++) {
        if (strcmp(verbs[i].path, buf_str(&x->uri)) != 0)
            continue;
        if (verbs[i].takes_body ? x->method != METHOD_POST
                                : x->method != METHOD_GET && x->method != METHOD_HEAD)
            control_refuse(x, 405, "method-not-allowed", "another method is needed");
        else if (x->body_is_too_large)
            control_refuse(x, 413, "too-large", "the body is too large");
        else
            verbs[i].handle(x);
        return;
    }
    control_refuse(x, 404, "unknown-verb", "this version does not know this path");
}

static int begin(struct lws *wsi, struct slot *slot, const char *path)
{
    struct http_server *server = http_server_of(wsi);

    exchange_free(slot->exchange);
    slot->exchange = exchange_new(wsi, server, path);
    if (!slot->exchange)
        return -1;
    if (!control_peer_is_allowed(server, wsi)) {
        control_refuse(slot->exchange, 403, "forbidden", "this user may not use this socket");
    } else if (slot->exchange->method != METHOD_POST) {
        handle(slot->exchange);
    } else if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) <= 0) {
        /* libwebsockets would wait for a body without end. */
        slot->exchange->is_last = true;
        control_refuse(slot->exchange, 411, "length-required", "a body needs Content-Length");
    }
    return 0;
}

int control_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                     size_t len)
{
    struct slot *slot = user;

    if (http_server_of(wsi))
        http_server_tick(http_server_of(wsi));
    switch (reason) {
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        lws_return_http_status(wsi, 404, NULL);
        return 1;
    case LWS_CALLBACK_HTTP:
        return begin(wsi, slot, in);
    case LWS_CALLBACK_HTTP_BODY:
        if (slot->exchange)
            exchange_take_body(slot->exchange, in, len, BODY_MAX);
        return 0;
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        if (slot->exchange && slot->exchange->status == 0)
            handle(slot->exchange);
        return 0;
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return slot->exchange ? exchange_write(slot->exchange) : 0;
    case LWS_CALLBACK_CLOSED_HTTP:
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
        if (slot) {
            exchange_free(slot->exchange);
            slot->exchange = NULL;
        }
        return 0;
    default:
        return 0;
    }
}
