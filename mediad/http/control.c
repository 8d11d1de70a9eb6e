#include "mediad/http/control.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/macros.h"
#include "mediad/http/control_action.h"
#include "mediad/http/control_answer.h"
#include "mediad/http/control_drain.h"
#include "mediad/http/control_film.h"
#include "mediad/http/control_media_trial.h"
#include "mediad/http/control_metrics.h"
#include "mediad/http/control_read.h"
#include "mediad/http/control_try.h"
#include "mediad/http/event_loop.h"
#include "mediad/http/exchange.h"
#include "mediad/http/http_state.h"

#define BODY_MAX (1024 * 1024)

static bool peer_is_allowed(const struct http_server *server, struct lws *wsi)
{
    struct ucred peer;
    socklen_t len = sizeof peer;

    if (getsockopt(lws_get_socket_fd(wsi), SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
        return false;
    return peer.uid == geteuid() || peer.uid == 0 ||
           (server->has_control_uid && peer.uid == server->control_uid);
}

static const struct {
    const char *path;
    bool takes_body;
    void (*handle)(struct exchange *x);
} verbs[] = {
    {"/v0/live", false, control_live},
    {"/v0/groups", false, control_groups},
    {"/v0/public", false, control_public},
    {"/v0/metrics", false, control_metrics},
    {"/v0/stats", false, control_stats},
    {"/v0/health", false, control_health},
    {"/v0/problems", false, control_problems},
    {"/v0/groups/action", true, control_action},
    {"/v0/notice", true, control_notice},
    {"/v0/film", true, control_film},
    {"/v0/film/stop", true, control_film_stop},
    {"/v0/films", false, control_films},
    {"/v0/try", true, control_try},
    {"/v0/drain", true, control_drain},
    {"/v0/media-trial", true, control_media_trial},
    {"/v0/media-trial/end", true, control_media_trial_end},
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

static int begin(struct lws *wsi, struct http_connection *http, const char *path)
{
    struct http_server *server = http_server_of(wsi);

    exchange_free(http->exchange);
    http->exchange = exchange_new(wsi, server, path);
    if (!http->exchange)
        return -1;
    if (!peer_is_allowed(server, wsi)) {
        control_refuse(http->exchange, 403, "forbidden", "this user may not use this socket");
    } else if (http->exchange->method != METHOD_POST) {
        handle(http->exchange);
    } else if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) <= 0) {
        /* libwebsockets would wait for a body without end. */
        http->exchange->is_last = true;
        control_refuse(http->exchange, 411, "length-required", "a body needs Content-Length");
    }
    return 0;
}

int control_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                     size_t len)
{
    struct http_connection *http = user;

    if (http_server_of(wsi))
        event_loop_tick(http_server_of(wsi));
    switch (reason) {
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        lws_return_http_status(wsi, 404, NULL);
        return 1;
    case LWS_CALLBACK_HTTP:
        return begin(wsi, http, in);
    case LWS_CALLBACK_HTTP_BODY:
        if (http->exchange)
            exchange_add_body(http->exchange, in, len, BODY_MAX);
        return 0;
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        if (http->exchange && http->exchange->status == 0)
            handle(http->exchange);
        return 0;
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return http->exchange ? exchange_write(http->exchange) : 0;
    case LWS_CALLBACK_CLOSED_HTTP:
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
        if (http) {
            exchange_free(http->exchange);
            http->exchange = NULL;
        }
        return 0;
    default:
        return 0;
    }
}
