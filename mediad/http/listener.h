/*
 * One Unix socket that clients connect to. Connections are accepted here and handed to
 * libwebsockets, whose own listener, once there are no descriptors left, is woken for ever and logs
 * each time. One descriptor is kept in reserve: without another, who connects is answered 503 and
 * hung up on, and then nobody is accepted for a moment. Control thread only.
 */
#ifndef NEREID_MEDIAD_HTTP_LISTENER_H
#define NEREID_MEDIAD_HTTP_LISTENER_H

#include "common/error.h"

struct http_server;
struct listener;

struct listener_config {
    const char *path; /* of the socket */
    const char *name; /* for the log; static */
    /* connections that would get this descriptor or a higher one are answered 503 */
    unsigned fd_limit;
    const void *mark; /* their opaque user data; may be NULL */
};

/** Listen, open for owner and group alone; what was at the path goes. */
int listener_new(struct listener **out, struct http_server *server,
                 const struct listener_config *config, struct error *e) MUST_USE;
void listener_free(struct listener *l);

#endif
