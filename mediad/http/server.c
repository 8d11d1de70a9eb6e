#include "mediad/http/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/log.h"
#include "common/now.h"
#include "mediad/http/server_internal.h"

#define HEADER_BYTES_MAX (48 * 1024)
#define HEADER_POOL 256
#define RX_BYTES (32 * 1024)
#define IDLE_US (10 * US_PER_S)

void http_server_tick(struct http_server *server)
{
    server->env->now_us = now_monotonic_us();
    server->env->wall_us = now_realtime_us();
}

void http_server_tock(struct http_server *server, int64_t began_us)
{
    int64_t step_us = now_monotonic_us() - began_us;

    if (step_us > server->longest_step_us)
        server->longest_step_us = step_us;
}

struct http_server *http_server_of(struct lws *wsi)
{
    return lws_context_user(lws_get_context(wsi));
}

/* ---- descriptors of others ---- */

static int foreign_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                            size_t len)
{
    struct foreign_fd *foreign = lws_get_opaque_user_data(wsi);

    (void)user;
    (void)in;
    (void)len;
    if (reason == LWS_CALLBACK_RAW_RX_FILE && foreign != NULL) {
        struct http_server *server = foreign->server;
        int64_t began_us;

        http_server_tick(server);
        began_us = server->env->now_us;
        foreign->ready(foreign->arg);
        http_server_tock(server, began_us);
    }
    return 0;
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
    {.name = "foreign", .callback = foreign_callback},
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
    int r;

    if (server == NULL)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    server->env = env;
    server->alarm_due_us = INT64_MAX;
    server->control_uid = config->control_uid;
    server->has_control_uid = config->has_control_uid;
    lws_set_log_level(LLL_ERR | LLL_WARN, log_lws);
    info.port = CONTEXT_PORT_NO_LISTEN;
    info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
    info.user = server;
    info.max_http_header_data2 = HEADER_BYTES_MAX;
    info.max_http_header_pool2 = HEADER_POOL;
    info.pt_serv_buf_size = RX_BYTES;
    info.fd_limit_per_thread = config->fd_limit;
    server->context = lws_create_context(&info);
    if (server->context == NULL) {
        free(server);
        return error_set(e, ERR_NO_MEMORY, NULL, "libwebsockets does not start");
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
    lws_sul_cancel(&server->alarm);
    lws_context_destroy(server->context);
    while (server->foreign != NULL) {
        struct foreign_fd *foreign = server->foreign;

        server->foreign = foreign->next;
        free(foreign);
    }
    free(server);
}

int http_server_watch(struct http_server *server, int fd, void (*ready)(void *arg), void *arg)
{
    struct foreign_fd *foreign = calloc(1, sizeof *foreign);
    lws_adopt_desc_t info = {0};

    if (foreign == NULL)
        return ERR_NO_MEMORY;
    foreign->server = server;
    foreign->ready = ready;
    foreign->arg = arg;
    /* libwebsockets closes what it adopts. */
    info.fd.filefd = dup(fd);
    if (info.fd.filefd < 0) {
        free(foreign);
        return ERR_IO;
    }
    info.vh = server->main_vhost;
    info.type = LWS_ADOPT_RAW_FILE_DESC;
    info.vh_prot_name = "foreign";
    info.opaque = foreign;
    foreign->wsi = lws_adopt_descriptor_vhost_via_info(&info);
    if (foreign->wsi == NULL) {
        free(foreign);
        return ERR_IO;
    }
    foreign->next = server->foreign;
    server->foreign = foreign;
    return 0;
}

/* ---- the loop ---- */

static void set_alarm(struct http_server *server);

static void run_timers(struct http_server *server)
{
    int64_t began_us, delay_us;

    http_server_tick(server);
    began_us = server->env->now_us;
    delay_us = began_us - server->alarm_due_us;
    if (delay_us > server->longest_delay_us)
        server->longest_delay_us = delay_us;
    timer_wheel_run(server->env->timers, began_us);
    http_server_tock(server, began_us);
    set_alarm(server);
}

/* The timers run from here, and not after the wait alone: libwebsockets calls this before it waits
 * when the time has come already, and then sleeps on. */
static void alarm_rings(lws_sorted_usec_list_t *sul)
{
    run_timers((struct http_server *)((char *)sul - offsetof(struct http_server, alarm)));
}

static void set_alarm(struct http_server *server)
{
    int64_t next_us = timer_wheel_next_us(server->env->timers), wait_us = IDLE_US;

    if (next_us != INT64_MAX && next_us - server->env->now_us < IDLE_US)
        wait_us = next_us - server->env->now_us;
    if (wait_us < 1)
        wait_us = 1;
    server->alarm_due_us = server->env->now_us + wait_us;
    lws_sul_schedule(server->context, 0, &server->alarm, alarm_rings, wait_us);
}

void http_server_turn(struct http_server *server)
{
    run_timers(server);
    lws_service(server->context, 0);
}
