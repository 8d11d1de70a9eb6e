/*
 * The raw request URI to what is meant (HTTP-7, HTTP-8): split on '/', decoded once. Pure.
 */
#ifndef NEREID_MEDIAD_HTTP_ROUTE_H
#define NEREID_MEDIAD_HTTP_ROUTE_H

#include "common/group_name.h"
#include "common/span.h"

#define ROUTE_SESSION_MAX 63

enum route {
    ROUTE_NONE, /* 404 */
    ROUTE_WEBSOCKET,
    ROUTE_PUBLIC_GROUPS,
    ROUTE_GROUP_ROOT,   /* /group: to /group/ */
    ROUTE_GROUP,        /* /group/G/ */
    ROUTE_GROUP_BARE,   /* /group/G: to the above */
    ROUTE_STATUS,       /* /group/G/.status */
    ROUTE_STATUS_JSON,  /* /group/G/.status.json: to the above */
    ROUTE_WHIP,         /* /group/G/.whip */
    ROUTE_WHIP_SLASH,   /* /group/G/.whip/: to the above */
    ROUTE_WHIP_SESSION, /* /group/G/.whip/ID */
    ROUTE_WHEP,         /* the same for .whep */
    ROUTE_WHEP_SLASH,
    ROUTE_WHEP_SESSION,
};

struct route_match {
    enum route route;
    char group[GROUP_NAME_MAX + 1];      /* "" where there is none */
    char session[ROUTE_SESSION_MAX + 1]; /* what follows a kind; "" where there is none */
    struct span query;                   /* with its '?'; empty without; points into the URI */
};

/** @param uri as the client wrote it, "/group/demo/?token=x" */
void route_find(struct route_match *out, struct span uri);

#endif
