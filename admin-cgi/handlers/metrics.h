/*
 * The numbers for Prometheus.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_METRICS_H
#define NEREID_ADMIN_CGI_HANDLERS_METRICS_H

#include "admin-cgi/router.h"

/**
 * GET /metrics: the console's and the API's, and what mediad says of itself; without mediad the
 * rest.
 */
route_handler metrics;

#endif
