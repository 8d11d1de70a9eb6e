/*
 * What the parts of mediad/http share.
 */
#ifndef NEREID_MEDIAD_HTTP_HTTP_STATE_H
#define NEREID_MEDIAD_HTTP_HTTP_STATE_H

#include <libwebsockets.h>

#include "common/list.h"
#include "mediad/signal/env.h"

struct event_loop;
struct exchange;
struct listener;
struct ws_connection;

/** What libwebsockets keeps for each connection of ours. */
struct http_connection {
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
    struct list connections; /* struct ws_connection */
    struct list woken;       /* those of them that have something to send */
    struct list heard;       /* those whose message has come whole and was not handled yet */
    size_t n_connections;
    int64_t refusal_logged_us; /* when a refused origin was last written to the log */
    unsigned n_refused;        /* refused origins since then */
    uid_t control_uid;
    bool has_control_uid;
};

static inline struct http_server *http_server_of(struct lws *wsi)
{
    return lws_context_user(lws_get_context(wsi));
}

#endif
