#include "mediad/http/ws.h"

#include <stdlib.h>
#include <string.h>

#include "common/base64.h"
#include "common/log.h"
#include "common/now.h"
#include "common/server_origin.h"
#include "mediad/http/event_loop.h"
#include "mediad/http/exchange.h"
#include "mediad/http/http_state.h"
#include "mediad/http/route.h"
#include "mediad/signal/client_session.h"
#include "mediad/signal/session_inbox.h"
#include "mediad/signal/session_life.h"
#include "mediad/signal/session_output.h"

#define WRITES_PER_TURN 32
/* A buffer for messages that is larger goes after each of them: most clients are silent. */
#define KEPT_MESSAGE_BYTES 512
/* Refused origins are written to the log once in that time. */
#define REFUSAL_LOG_US (10 * US_PER_S)
/* libwebsockets' own number for a close frame. It closes by itself as soon as anything arrives
 * after its close frame, and nginx then loses that frame; so ours are sent by hand, and what still
 * comes is read and thrown away until the client's close frame. */
#define WRITE_CLOSE ((enum lws_write_protocol)4)

_Static_assert(FRAME_HEADROOM >= LWS_PRE, "frames need room for the WebSocket header");

struct ws_connection {
    struct list_node in_server;
    struct list_node in_woken; /* has something to send at ws_flush() */
    struct list_node in_heard; /* its message waits for ws_flush() */
    struct http_server *server;
    struct lws *wsi;
    struct client_session *session;
    struct buf message; /* fragments of the message that is coming in */
    bool is_closing;    /* the close frame was sent */
    bool peer_closes;   /* the client's close frame came first; libwebsockets answers it */
};

/* ---- what the session wants ---- */

static void wake(void *connection)
{
    struct ws_connection *c = connection;

    if (!list_is_linked(&c->in_woken))
        list_prepend(&c->server->woken, &c->in_woken);
}

static void pause_reading(void *connection, bool is_paused)
{
    struct ws_connection *c = connection;

    lws_rx_flow_control(c->wsi, is_paused ? 0 : 1);
}

static void ended(void *connection)
{
    struct ws_connection *c = connection;

    buf_release(&c->message);
    lws_set_timeout(c->wsi, PENDING_TIMEOUT_USER_OK, (int)session_linger_s(c->session));
    lws_rx_flow_control(c->wsi, 1);
    wake(c);
}

static const struct transport transport = {.wake = wake, .pause = pause_reading, .ended = ended};

/* ---- the upgrade ---- */

static int refuse(struct lws *wsi, unsigned status)
{
    lws_return_http_status(wsi, status, NULL);
    return 1;
}

static bool has_header(struct lws *wsi, enum lws_token_indexes token)
{
    return lws_hdr_total_length(wsi, token) > 0;
}

/* RFC 6455 section 4.2.1, item 5: 16 bytes. */
static bool has_key(struct lws *wsi)
{
    char key[32];
    struct buf bytes = {0};
    int len = lws_hdr_copy(wsi, key, sizeof key, WSI_TOKEN_KEY);
    bool is_good =
        len > 0 && base64_decode(&bytes, span_of(key, (size_t)len)) == 0 && bytes.len == 16;

    buf_release(&bytes);
    return is_good;
}

static bool is_version_13(struct lws *wsi)
{
    char version[8];

    return lws_hdr_copy(wsi, version, sizeof version, WSI_TOKEN_VERSION) > 0 &&
           strcmp(version, "13") == 0;
}

/* Anybody may send any number of such requests; an operator needs to see one. */
static void log_refusal(struct http_server *server, const char *origin, const char *host)
{
    static const struct log_ctx ctx = {.room = "ws"};
    const int64_t now_us = server->env->now_us;

    server->n_refused++;
    if (server->refusal_logged_us != 0 && now_us - server->refusal_logged_us < REFUSAL_LOG_US)
        return;
    log_warn(&ctx,
             "refused a page of origin %s at host %s%s: neither they nor proxyURL fit, and "
             "allowOrigin does not list it (%u refused since the last such line)",
             origin, host, host[0] != '\0' ? "" : "(none)", server->n_refused);
    server->refusal_logged_us = now_us;
    server->n_refused = 0;
}

static bool origin_is_refused(struct http_server *server, struct lws *wsi)
{
    const struct server_config *config = server_config_file_get(server->env->config, NULL);
    char origin[512] = "", host[512] = "";

    if (!has_header(wsi, WSI_TOKEN_ORIGIN))
        return false;
    if (lws_hdr_copy(wsi, origin, sizeof origin, WSI_TOKEN_ORIGIN) >= 0 &&
        lws_hdr_copy(wsi, host, sizeof host, WSI_TOKEN_HOST) >= 0 &&
        origin_check(config, span_str(origin), span_str(host), config->allow_origin) !=
            ORIGIN_REFUSED)
        return false;
    log_refusal(server, origin, host);
    return true;
}

int ws_confirm(struct http_server *server, struct lws *wsi)
{
    struct buf uri = {0};
    struct route_match match;
    char address[64] = "";

    exchange_read_uri(wsi, server, &uri);
    route_find(&match, buf_span(&uri));
    buf_release(&uri);
    if (match.route != ROUTE_WEBSOCKET)
        return refuse(wsi, 404);
    if (!has_header(wsi, WSI_TOKEN_GET_URI))
        return refuse(wsi, 405);
    if (!has_key(wsi) || !is_version_13(wsi))
        return refuse(wsi, 400);
    if (origin_is_refused(server, wsi))
        return refuse(wsi, 403);
    exchange_read_address(wsi, address, sizeof address);
    if (server->env->is_ending || !census_has_room(&server->env->census, env_limits(server->env),
                                                   address, server->env->now_us))
        return refuse(wsi, 503);
    return 0;
}

/* @return 0, or -1 to hang up */
static int established(struct http_server *server, struct lws *wsi, struct http_connection *http)
{
    struct ws_connection *c = calloc(1, sizeof *c);
    char address[64] = "";
    int r;

    if (!c)
        return -1;
    exchange_free(http->exchange);
    http->exchange = NULL;
    c->server = server;
    c->wsi = wsi;
    exchange_read_address(wsi, address, sizeof address);
    r = server->env->is_ending
            ? ERR_BUSY
            : client_session_new(&c->session, server->env, &transport, c, address);
    if (r < 0) {
        static const char reason[] = "too many connections";

        list_remove(&c->in_woken);
        free(c);
        lws_close_reason(wsi, LWS_CLOSE_STATUS_POLICY_VIOLATION, (unsigned char *)reason,
                         sizeof reason - 1);
        return -1;
    }
    http->ws = c;
    list_prepend(&server->connections, &c->in_server);
    server->n_connections++;
    return 0;
}

static void hear_all(struct http_server *server);

static void closed(struct http_connection *http)
{
    struct ws_connection *c = http->ws;

    if (!c)
        return;
    http->ws = NULL;
    if (list_is_linked(&c->in_heard))
        hear_all(c->server);
    client_session_free(c->session);
    list_remove(&c->in_woken);
    list_remove(&c->in_server);
    c->server->n_connections--;
    buf_release(&c->message);
    free(c);
}

/* ---- in ---- */

static void hear(struct ws_connection *c)
{
    if (buf_check(&c->message) < 0)
        session_end(c->session, CLOSE_INTERNAL, "out of memory");
    else if (!span_is_utf8(buf_span(&c->message)))
        session_end(c->session, CLOSE_UTF8, "not UTF-8");
    else
        session_receive(c->session, buf_span(&c->message));
    if (c->message.size > KEPT_MESSAGE_BYTES)
        buf_release(&c->message);
    else
        buf_clear(&c->message);
}

/* libev calls for the descriptors that are ready together last first. Each message is put before
 * those that are there already, so that they are heard in the order in which they came. */
static void hear_all(struct http_server *server)
{
    struct ws_connection *c;

    while ((c = LIST_FIRST(&server->heard, struct ws_connection, in_heard)) != NULL) {
        int64_t began_us;

        list_remove(&c->in_heard);
        if (session_has_ended(c->session))
            continue;
        event_loop_tick(server);
        began_us = server->env->now_us;
        hear(c);
        event_loop_tock(server, began_us);
    }
}

static void received(struct ws_connection *c, const void *data, size_t len)
{
    size_t rest = lws_remaining_packet_payload(c->wsi);

    /* its next message in the same turn */
    if (list_is_linked(&c->in_heard))
        hear_all(c->server);
    if (session_has_ended(c->session))
        return;
    if (lws_is_first_fragment(c->wsi))
        buf_clear(&c->message);
    if (c->message.len + len + rest > session_message_max(c->session)) {
        session_end(c->session, CLOSE_TOO_BIG, "message too big");
        return;
    }
    buf_add(&c->message, data, len);
    if (rest == 0 && lws_is_final_fragment(c->wsi))
        list_prepend(&c->server->heard, &c->in_heard);
}

/* ---- out ---- */

/* @return 0, or -1 when the connection is lost */
static int send_close(struct ws_connection *c, unsigned code, const char *reason)
{
    unsigned char room[LWS_PRE + 2 + CLOSE_REASON_MAX];
    size_t len = strlen(reason);

    if (len > CLOSE_REASON_MAX)
        len = CLOSE_REASON_MAX;
    room[LWS_PRE] = (unsigned char)(code >> 8);
    room[LWS_PRE + 1] = (unsigned char)code;
    memcpy(room + LWS_PRE + 2, reason, len);
    c->is_closing = true;
    return lws_write(c->wsi, room + LWS_PRE, len + 2, WRITE_CLOSE) < 0 ? -1 : 0;
}

/* @return 0, or -1 when the connection is lost */
static int writeable(struct ws_connection *c)
{
    const char *reason = "";
    unsigned code = 0;

    for (int i = 0; i < WRITES_PER_TURN; i++) {
        struct frame *f = session_next_frame(c->session);
        int n;

        if (!f)
            break;
        n = lws_write(c->wsi, (unsigned char *)frame_text(f), f->len, LWS_WRITE_TEXT);
        frame_unref(f);
        if (n < 0)
            return -1;
        /* Asking costs a system call, so only when something follows. */
        if (!session_has_more(c->session) && !session_has_ended(c->session))
            return 0;
        if (lws_send_pipe_choked(c->wsi)) {
            lws_callback_on_writable(c->wsi);
            return 0;
        }
    }
    if (session_has_more(c->session)) {
        lws_callback_on_writable(c->wsi);
        return 0;
    }
    if (!c->is_closing && session_is_over(c->session, &code, &reason))
        return send_close(c, code, reason);
    return 0;
}

/* Most sockets take what there is at once: asking to be told when they do would cost two system
 * calls for each message. */
void ws_flush(struct http_server *server)
{
    struct ws_connection *c;

    hear_all(server);
    while ((c = LIST_FIRST(&server->woken, struct ws_connection, in_woken)) != NULL) {
        int64_t began_us;

        list_remove(&c->in_woken);
        if (c->peer_closes || lws_partial_buffered(c->wsi)) {
            lws_callback_on_writable(c->wsi);
            continue;
        }
        event_loop_tick(server);
        began_us = server->env->now_us;
        if (writeable(c) < 0)
            lws_set_timeout(c->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
        event_loop_tock(server, began_us);
    }
}

/* @param payload of its close frame (RFC 6455 section 5.5.1) */
static void peer_closes(struct ws_connection *c, struct span payload)
{
    c->peer_closes = true;
    session_peer_closes(c->session,
                        payload.len >= 2 ? (unsigned)(payload.data[0] << 8 | payload.data[1]) : 0);
}

int ws_callback(struct http_server *server, struct lws *wsi, enum lws_callback_reasons reason,
                struct http_connection *http, void *in, size_t len)
{
    switch (reason) {
    case LWS_CALLBACK_ESTABLISHED:
        return established(server, wsi, http);
    case LWS_CALLBACK_RECEIVE:
        if (http->ws)
            received(http->ws, in, len);
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return http->ws ? writeable(http->ws) : 0;
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        /* Nothing is to be answered when ours was the first. */
        if (http->ws && http->ws->is_closing)
            return -1;
        if (http->ws)
            peer_closes(http->ws, span_of(in, len));
        return 0;
    case LWS_CALLBACK_CLOSED:
        closed(http);
        return 0;
    default:
        return 0;
    }
}

void ws_end_all(struct http_server *server)
{
    LIST_EACH (struct ws_connection, c, &server->connections, in_server)
        session_end_for_restart(c->session);
}
