/*
 * The way of one request from its route to its answer.
 */
#ifndef NEREID_ADMIN_CGI_DISPATCH_H
#define NEREID_ADMIN_CGI_DISPATCH_H

#include "admin-cgi/router.h"

/**
 * The whole walk: match, canonical host, CORS, guard, method, body limit, handler. On return the
 * answer is complete.
 * @param tables route_tables (routes.h); ends with NULL
 */
void dispatch(const struct route_table *const *tables, struct request *req, struct response *res,
              struct app *app);

#endif
