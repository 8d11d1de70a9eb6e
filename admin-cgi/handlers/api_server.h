/*
 * What concerns the whole server: statistics, health, metrics, public groups without mediad.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_API_SERVER_H
#define NEREID_ADMIN_CGI_HANDLERS_API_SERVER_H

#include "admin-cgi/router.h"

route_handler api_stats;
route_handler api_nothing; /* a path of the API that means nothing: 404, after the log-in */
route_handler api_root;    /* /galene-api: 308 to /galene-api/ */
route_handler health_live;
route_handler health_ready;
route_handler metrics;
route_handler public_groups;

#endif
