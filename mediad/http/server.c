#include "mediad/http/server.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "mediad/http/control.h"
#include "mediad/http/event_loop.h"
#include "mediad/http/exchange.h"
#include "mediad/http/http_state.h"
#include "mediad/http/listener.h"
#include "mediad/http/page.h"
#include "mediad/http/ws.h"
#include "mediad/signal/media_trial.h"

#define HEADER_BYTES_MAX (48 * 1024)
#define HEADER_POOL 256
#define RX_BYTES (32 * 1024)
#define BODY_MAX (1024 * 1024) /* nginx takes no more either */
/* Each WebSocket connection has so much; a longer message comes in parts. */
#define WS_RX_BYTES (2 * 1024)

/* Its address marks connections of the control socket. */
static const char control_mark;

/* ---- the main listener ---- */

static int http_callback(struct lws *wsi, struct http_connection *http)
{
    exchange_free(http->exchange);
    http->exchange = exchange_new(wsi, http_server_of(wsi), NULL);
    if (!http->exchange)
        return -1;
    page_handle(http->exchange);
    exchange_expect_body(http->exchange);
    return 0;
}

static int dispatch(struct http_server *server, struct lws *wsi, enum lws_callback_reasons reason,
                    struct http_connection *http, void *in, size_t len)
{
    switch (reason) {
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return ws_confirm(server, wsi);
    case LWS_CALLBACK_HTTP:
        return http_callback(wsi, http);
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return http->exchange ? exchange_write(http->exchange) : 0;
    case LWS_CALLBACK_HTTP_BODY:
        if (http->exchange && http->exchange->body_came)
            exchange_add_body(http->exchange, in, len, BODY_MAX);
        return 0;
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        if (http->exchange)
            exchange_end_body(http->exchange);
        return 0;
    case LWS_CALLBACK_CLOSED_HTTP:
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
        if (http) {
            exchange_free(http->exchange);
            http->exchange = NULL;
        }
        return 0;
    case LWS_CALLBACK_ESTABLISHED:
    case LWS_CALLBACK_RECEIVE:
    case LWS_CALLBACK_SERVER_WRITEABLE:
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
    case LWS_CALLBACK_CLOSED:
        return ws_callback(server, wsi, reason, http, in, len);
    default:
        return 0;
    }
}

static int main_callback(struct lws *wsi, enum lws_callback_reasons reason,
                         struct http_connection *http, void *in, size_t len)
{
    struct http_server *server = http_server_of(wsi);
    int64_t began_us;
    int r;

    if (!server || !server->env)
        return dispatch(server, wsi, reason, http, in, len);
    event_loop_tick(server);
    began_us = server->env->now_us;
    r = dispatch(server, wsi, reason, http, in, len);
    event_loop_tock(server, began_us);
    return r;
}

/* Both listeners' connections; libwebsockets would choose among hosts by the Host header alone. */
static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t len)
{
    if (lws_get_opaque_user_data(wsi) == &control_mark)
        return control_callback(wsi, reason, user, in, len);
    return main_callback(wsi, reason, user, in, len);
}

static const struct lws_protocols protocols[] = {
    {.name = "nereid",
     .callback = callback,
     .per_session_data_size = sizeof(struct http_connection),
     .rx_buffer_size = WS_RX_BYTES},
    {0},
};

/* ---- set-up ---- */

static void log_lws(int level, const char *line)
{
    static const struct log_ctx ctx = {.room = "lws"};

    if (level & (LLL_ERR))
        log_warn(&ctx, "%.*s", (int)strcspn(line, "\n"), line);
    else
        log_debug(&ctx, "%.*s", (int)strcspn(line, "\n"), line);
}

static int listen_on(struct http_server *server, const struct http_server_config *config,
                     struct error *e)
{
    const struct listener_config main = {
        .path = config->socket_path, .name = "run/mediad.sock", .fd_limit = config->fd_limit};
    /* The descriptors that clients leave are for the control socket. */
    const struct listener_config control = {.path = config->control_path,
                                            .name = "run/control.sock",
                                            .fd_limit = UINT_MAX,
                                            .mark = &control_mark};
    struct lws_context_creation_info info = {0};
    int r;

    info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
    info.protocols = protocols;
    info.timeout_secs = 30;
    info.keepalive_timeout = 60;
    server->vhost = lws_create_vhost(server->context, &info);
    if (!server->vhost)
        return error_set(e, ERR_UNAVAILABLE, NULL, "libwebsockets does not start");
    r = listener_new(&server->main_listener, server, &main, e);
    return r == 0 ? listener_new(&server->control_listener, server, &control, e) : r;
}

int http_server_new(struct http_server **out, struct signal_env *env,
                    const struct http_server_config *config, struct error *e)
{
    struct http_server *server = calloc(1, sizeof *server);
    struct lws_context_creation_info info = {0};
    void *ev;
    int r;

    if (!server)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    server->env = env;
    server->control_uid = config->control_uid;
    server->has_control_uid = config->has_control_uid;
    r = event_loop_new(&server->loop, server);
    if (r < 0) {
        free(server);
        return error_set(e, r, NULL, "the event loop does not start");
    }
    ev = event_loop_of_lws(server->loop);
    lws_set_log_level(LLL_ERR | LLL_WARN, log_lws);
    info.port = CONTEXT_PORT_NO_LISTEN;
    info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_LIBEV;
    info.foreign_loops = &ev;
    info.user = server;
    info.max_http_header_data2 = HEADER_BYTES_MAX;
    info.max_http_header_pool2 = HEADER_POOL;
    info.pt_serv_buf_size = RX_BYTES;
    server->context = lws_create_context(&info);
    if (!server->context) {
        http_server_free(server);
        return error_set(e, ERR_UNAVAILABLE, NULL,
                         "libwebsockets does not start; is libwebsockets-evlib-ev installed?");
    }
    r = listen_on(server, config, e);
    if (r < 0) {
        http_server_free(server);
        return r;
    }
    *out = server;
    return 0;
}

void http_server_free(struct http_server *server)
{
    if (!server)
        return;
    listener_free(server->main_listener);
    listener_free(server->control_listener);
    lws_context_destroy(server->context);
    event_loop_free(server->loop);
    free(server);
}

/* ---- for the daemon ---- */

int http_server_watch(struct http_server *server, int fd, void (*ready)(void *arg), void *arg)
{
    return event_loop_watch(server->loop, fd, ready, arg) ? 0 : ERR_NO_MEMORY;
}

void http_server_turn(struct http_server *server)
{
    event_loop_run_timers(server->loop);
    ws_flush(server);
    event_loop_wait(server->loop);
}

size_t http_server_connections(const struct http_server *server)
{
    return server->n_connections;
}

void http_server_end_all(struct http_server *server)
{
    ws_end_all(server);
    resources_end_all(&server->env->resources);
    media_trials_end_all(server->env);
}
