/*
 * Signing in and out, and proving the password again (WEB-3, SEC-1 to SEC-7).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_LOGIN_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_LOGIN_H

#include "admin-cgi/router.h"

/** GET /admin/login?next=PATH: the form. */
route_handler page_login;

/**
 * POST: 303 to `next` or to the form that waited, with a session; 422 for a wrong name or password,
 * 429 with Retry-After after too many. Every outcome but a malformed name is in the audit log.
 */
route_handler page_login_post;

/** POST /admin/logout: ends the session and forgets its cookie; also when there is none. */
route_handler page_logout;

/** GET /admin/confirm?next=PATH: asks for the password of who is signed in. */
route_handler page_confirm;

/**
 * POST: a new session id and a fresh proof, then on to `next` or to the form that waited. 422, 429
 * as for signing in.
 */
route_handler page_confirm_post;

#endif
