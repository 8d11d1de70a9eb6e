#include "mediad/http/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/log.h"
#include "mediad/http/server_internal.h"

#define HEADER_BYTES_MAX (48 * 1024)
#define HEADER_POOL 256
#define RX_BYTES (32 * 1024)

struct http_server *http_server_of(struct lws *wsi)
{
    return lws_context_user(lws_get_context(wsi));
}

/* ---- the main listener ---- */

static int http_callback(struct lws *wsi, struct slot *slot)
{
    exchange_free(slot->exchange);
    slot->exchange = exchange_new(wsi, http_server_of(wsi), NULL);
    if (slot->exchange == NULL)
        return -1;
    page_handle(slot->exchange);
    return 0;
}

static int dispatch(struct http_server *server, struct lws *wsi, enum lws_callback_reasons reason,
                    struct slot *slot, void *in, size_t len)
{
    switch (reason) {
    case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
        /* libwebsockets' own limit would make it search a list for each event's connection. */
        return (intptr_t)in >= (intptr_t)server->fd_limit ? -1 : 0;
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return ws_confirm(server, wsi);
    case LWS_CALLBACK_HTTP:
        return http_callback(wsi, slot);
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return slot->exchange != NULL ? exchange_write(slot->exchange) : 0;
    case LWS_CALLBACK_HTTP_BODY:
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return 0; /* no route here takes a body */
    case LWS_CALLBACK_CLOSED_HTTP:
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
        if (slot != NULL) {
            exchange_free(slot->exchange);
            slot->exchange = NULL;
        }
        return 0;
    case LWS_CALLBACK_ESTABLISHED:
    case LWS_CALLBACK_RECEIVE:
    case LWS_CALLBACK_SERVER_WRITEABLE:
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
    case LWS_CALLBACK_CLOSED:
        return ws_callback(server, wsi, reason, slot, in, len);
    default:
        return 0;
    }
}

static int main_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                         size_t len)
{
    struct http_server *server = http_server_of(wsi);
    int64_t began_us;
    int r;

    if (server == NULL || server->env == NULL)
        return dispatch(server, wsi, reason, user, in, len);
    http_server_tick(server);
    began_us = server->env->now_us;
    r = dispatch(server, wsi, reason, user, in, len);
    http_server_tock(server, began_us);
    return r;
}

static const struct lws_protocols main_protocols[] = {
    {.name = "nereid", .callback = main_callback, .per_session_data_size = sizeof(struct slot)},
    {0},
};

static const struct lws_protocols control_protocols[] = {
    {.name = "control", .callback = control_callback, .per_session_data_size = sizeof(struct slot)},
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

/* libwebsockets goes on when it cannot listen, so try. */
static int check_listener(const char *path, struct error *e)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd, r = 0;

    if (strlen(path) >= sizeof address.sun_path)
        return error_set(e, ERR_INVALID, path, "the path is too long for a socket");
    memcpy(address.sun_path, path, strlen(path));
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        r = error_set_errno(e, path, "cannot listen");
    if (fd >= 0)
        close(fd);
    return r;
}

static int listen_on(struct http_server *server, struct lws_vhost **out, const char *name,
                     const char *path, const struct lws_protocols *protocols, struct error *e)
{
    struct lws_context_creation_info info = {0};
    mode_t mask = umask(0117);

    info.vhost_name = name;
    info.iface = path;
    info.protocols = protocols;
    info.options = LWS_SERVER_OPTION_UNIX_SOCK | LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND;
    info.timeout_secs = 30;
    info.keepalive_timeout = 60;
    *out = lws_create_vhost(server->context, &info);
    umask(mask);
    if (*out == NULL)
        return error_set(e, ERR_IO, path, "cannot listen");
    if (chmod(path, 0660) < 0)
        return error_set_errno(e, path, "cannot listen");
    return check_listener(path, e);
}

int http_server_new(struct http_server **out, struct signal_env *env,
                    const struct http_server_config *config, struct error *e)
{
    struct http_server *server = calloc(1, sizeof *server);
    struct lws_context_creation_info info = {0};
    void *ev;
    int r;

    if (server == NULL)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    server->env = env;
    server->fd_limit = config->fd_limit;
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
    if (server->context == NULL) {
        http_server_free(server);
        return error_set(e, ERR_UNAVAILABLE, NULL,
                         "libwebsockets does not start; is libwebsockets-evlib-ev installed?");
    }
    r = listen_on(server, &server->main_vhost, "main", config->socket_path, main_protocols, e);
    if (r == 0)
        r = listen_on(server, &server->control_vhost, "control", config->control_path,
                      control_protocols, e);
    if (r < 0) {
        http_server_free(server);
        return r;
    }
    *out = server;
    return 0;
}

void http_server_free(struct http_server *server)
{
    if (server == NULL)
        return;
    lws_context_destroy(server->context);
    event_loop_free(server->loop);
    free(server);
}
