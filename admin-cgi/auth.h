/*
 * API credentials: Basic and Bearer, for the HTTP API and recordings. Rights and stored hashes are
 * read anew for every request; what a matched password saves is in password_memory.h.
 */
#ifndef NEREID_ADMIN_CGI_AUTH_H
#define NEREID_ADMIN_CGI_AUTH_H

#include "admin-cgi/app.h"
#include "admin-cgi/router.h"
#include "common/permissions.h"

/**
 * Guard of the API's and recordings' routes. Fills req->who.
 * @return 0: go on. Otherwise `res` holds 401 with WWW-Authenticate, 403, 429 or 503.
 */
int auth_guard(struct request *req, struct response *res, struct app *app,
               const struct route *route) MUST_USE;

/** Do these rights administer what they are given for? A group's options change nothing in that. */
bool auth_is_admin(const struct permission_spec *spec);

#endif
