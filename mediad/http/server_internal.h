/*
 * What the parts of mediad/http share.
 */
#ifndef NEREID_MEDIAD_HTTP_SERVER_INTERNAL_H
#define NEREID_MEDIAD_HTTP_SERVER_INTERNAL_H

#include <libwebsockets.h>

#include "mediad/http/exchange.h"
#include "mediad/http/server.h"
#include "mediad/signal/client_session.h"

struct ws_connection;

/** What libwebsockets keeps for each connection of ours. */
struct slot {
    struct exchange *exchange;
    struct ws_connection *ws;
};

struct foreign_fd {
    struct foreign_fd *next;
    struct http_server *server;
    struct lws *wsi;
    void (*ready)(void *arg);
    void *arg;
};

struct http_server {
    struct signal_env *env;
    struct lws_context *context;
    struct lws_vhost *main_vhost, *control_vhost;
    lws_sorted_usec_list_t alarm; /* wakes the loop for the next timer */
    int64_t alarm_due_us;         /* INT64_MAX until it is set */
    /* since /v0/health was read last: the longest that one event kept the loop, and the latest that
     * it woke up for a timer */
    int64_t longest_step_us, longest_delay_us;
    struct foreign_fd *foreign;
    struct ws_connection *connections;
    size_t n_connections;
    uid_t control_uid;
    bool has_control_uid;
};

/** Set the environment's clocks: at the beginning of every callback. */
void http_server_tick(struct http_server *server);
/** At the end of what began with http_server_tick(): note how long it took. */
void http_server_tock(struct http_server *server, int64_t began_us);
struct http_server *http_server_of(struct lws *wsi);

/* ---- ws.c ---- */
/** For LWS_CALLBACK_HTTP_CONFIRM_UPGRADE. @return 0 to go on, 1 when it was answered */
int ws_confirm(struct http_server *server, struct lws *wsi);
/** The WebSocket reasons. */
int ws_callback(struct http_server *server, struct lws *wsi, enum lws_callback_reasons reason,
                struct slot *slot, void *in, size_t len);

/* ---- page.c ---- */
void page_handle(struct exchange *x);

/* ---- control.c ---- */
int control_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                     size_t len);
/** True when the peer may use the control socket. */
bool control_peer_is_allowed(const struct http_server *server, struct lws *wsi);

#endif
