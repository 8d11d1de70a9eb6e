/*
 * Every row of admin-cgi, in the order in which they are tried.
 */
#ifndef NEREID_ADMIN_CGI_ROUTES_H
#define NEREID_ADMIN_CGI_ROUTES_H

#include "admin-cgi/router.h"

/** HTTP API, recordings, health, metrics: routes.c. */
extern const struct route_table api_routes;
/** Landing page and console: page_routes.c. */
extern const struct route_table page_routes;

/** Ends with NULL. */
extern const struct route_table *const route_tables[];

#endif
