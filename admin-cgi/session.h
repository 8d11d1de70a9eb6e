/*
 * Console sessions: the cookie `__Host-sid`, who it stands for, and the checks of each console
 * route (SEC-1 to SEC-5, SEC-9; WEB-3).
 */
#ifndef NEREID_ADMIN_CGI_SESSION_H
#define NEREID_ADMIN_CGI_SESSION_H

#include "admin-cgi/router.h"

/**
 * Guard of the console's routes (ACCESS_PRESESSION, ACCESS_SIGN_OUT, ACCESS_SESSION and the
 * capabilities): finds the session, fills req->who, checks the right, the CSRF token of a POST
 * (after the body was read), and the fresh proof where the route needs one.
 * A form that comes without a session or proof is kept until the password was given (kept_form.h).
 * @return 0: go on. Otherwise the answer (303 to the login page, 403, 404) is already in `res`.
 */
int session_guard(struct request *req, struct response *res, struct app *app,
                  const struct route *route) MUST_USE;

/** Whose session the request's cookie names: fills req->who, which stays nobody's without one.
 * @return 0; a failure of ours (ERR_UNAVAILABLE, ERR_IO, ERR_NO_MEMORY ...) */
int session_find(struct request *req, struct app *app, struct error *e) MUST_USE;

/** The cookie of a session, for as long as one may last; the server ends them by itself. */
void session_cookie(struct response *res, struct app *app, const char *id);

/** May this person come to a console route of that access: to `group`, or anywhere with NULL? */
bool session_may(const struct principal *who, enum access access, const char *group);

/** Did the person prove the password within ten minutes, as ROUTE_PROVEN demands? */
bool session_is_proven(const struct request *req);

/** An HTML error page in the console's or the landing page's style, for 404, 405, 413, 500, 503 and
 * the like on routes of class RESPONSE_PAGE and RESPONSE_LANDING. */
void page_error(struct request *req, struct response *res, struct app *app, int status,
                const struct error *e);

#endif
