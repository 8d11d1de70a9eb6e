/*
 * The loop of the control thread (libev) and its two listeners (libwebsockets): run/mediad.sock,
 * behind nginx, and run/control.sock, for admin-cgi. Everything else that waits (media events,
 * pool, files, signals) is a descriptor in the same loop.
 */
#ifndef NEREID_MEDIAD_HTTP_SERVER_H
#define NEREID_MEDIAD_HTTP_SERVER_H

#include <sys/types.h>

#include "common/error.h"
#include "mediad/signal/env.h"

struct http_server;

struct http_server_config {
    const char *socket_path;
    const char *control_path;
    uid_t control_uid; /* may use the control socket besides our own user and root */
    bool has_control_uid;
    unsigned fd_limit; /* clients get descriptors below this number; the rest is for files */
};

/** @param env outlives the server; its clocks are set by the loop */
int http_server_new(struct http_server **out, struct signal_env *env,
                    const struct http_server_config *config, struct error *e) MUST_USE;
/** Closes every connection. */
void http_server_free(struct http_server *server);

/** Call `ready` whenever a descriptor is readable. The descriptor stays the caller's and must
 * outlive the server. @return 0, ERR_NO_MEMORY, ERR_IO */
int http_server_watch(struct http_server *server, int fd, void (*ready)(void *arg),
                      void *arg) MUST_USE;

/** Wait until something happens or a timer is due, and handle it. */
void http_server_turn(struct http_server *server);
/** Number of WebSocket connections. */
size_t http_server_connections(const struct http_server *server);
/** End every session, also those in no group, since this process ends. */
void http_server_end_all(struct http_server *server);

#endif
