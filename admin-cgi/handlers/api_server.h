/*
 * What concerns the whole server: statistics, health, and public groups without mediad.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_API_SERVER_H
#define NEREID_ADMIN_CGI_HANDLERS_API_SERVER_H

#include "admin-cgi/router.h"

/** GET .stats: what mediad says of groups, clients and streams; 503 without it. */
route_handler api_stats;

/** A path of the API that means nothing: 404, after the log-in. */
route_handler api_nothing;

/** A path without its final slash: 308 to the one with it, and with its query. */
route_handler api_root;

/** GET /healthz/live: 200 as long as a worker answers. */
route_handler health_live;

/**
 * GET /healthz/ready: 200 or 503, for load balancers; to this machine it also says what is wrong
 * with which part.
 */
route_handler health_ready;

/** GET /public-groups.json when mediad does not answer: from the index, without who is there. */
route_handler public_groups;

#endif
