/*
 * What the parts of mediad/http share.
 */
#ifndef NEREID_MEDIAD_HTTP_SERVER_INTERNAL_H
#define NEREID_MEDIAD_HTTP_SERVER_INTERNAL_H

#include <libwebsockets.h>

#include "mediad/http/exchange.h"
#include "mediad/http/server.h"
#include "mediad/signal/env.h"

struct event_loop;
struct loop_watch;
struct listener;
struct ws_connection;

/** What libwebsockets keeps for each connection of ours. */
struct slot {
    struct exchange *exchange;
    struct ws_connection *ws;
};

struct http_server {
    struct signal_env *env;
    struct lws_context *context;
    struct lws_vhost *vhost;
    struct listener *main_listener, *control_listener;
    struct event_loop *loop;
    /* since /v0/health was read last: the longest that one event kept the loop, and the latest that
     * it woke up for a timer */
    int64_t longest_step_us, longest_delay_us;
    struct ws_connection *connections;
    struct ws_connection *woken; /* those that have something to send */
    size_t n_connections;
    int64_t refusal_logged_us; /* when a refused origin was last written to the log */
    unsigned n_refused;        /* refused origins since then */
    uid_t control_uid;
    bool has_control_uid;
};

/** Set the environment's clocks: at the beginning of every callback. */
void http_server_tick(struct http_server *server);
/** At the end of what began with http_server_tick(): note how long it took. */
void http_server_tock(struct http_server *server, int64_t began_us);
struct http_server *http_server_of(struct lws *wsi);

/* ---- event_loop.c ---- */
int event_loop_new(struct event_loop **out, struct http_server *server) MUST_USE;
/** After the context that shares it. */
void event_loop_free(struct event_loop *loop);
/** Call `ready` whenever a descriptor is readable. The descriptor stays the caller's.
 * @return NULL when out of memory; the loop's free it if nobody else does */
struct loop_watch *event_loop_watch(struct event_loop *loop, int fd, void (*ready)(void *arg),
                                    void *arg);
/** Not to be called for a while, or again. */
void event_loop_pause(struct loop_watch *watched, bool is_paused);
/** NULL is fine. */
void event_loop_unwatch(struct loop_watch *watched);
/** For libwebsockets' foreign_loops. */
void *event_loop_of_lws(struct event_loop *loop);

/* ---- ws.c ---- */
/** For LWS_CALLBACK_HTTP_CONFIRM_UPGRADE. @return 0 to go on, 1 when it was answered */
int ws_confirm(struct http_server *server, struct lws *wsi);
/** The WebSocket reasons. */
int ws_callback(struct http_server *server, struct lws *wsi, enum lws_callback_reasons reason,
                struct slot *slot, void *in, size_t len);

/** Send what sessions have queued since the last call, as far as sockets take it. Not within a
 * callback of libwebsockets. */
void ws_flush(struct http_server *server);

/* ---- page.c ---- */
void page_handle(struct exchange *x);

/* ---- control.c ---- */
int control_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                     size_t len);
/** True when the peer may use the control socket. */
bool control_peer_is_allowed(const struct http_server *server, struct lws *wsi);

#endif
