/*
 * Proof that a form was sent from one of our pages by the person who has the session
 * (SEC-9): a token bound to the session's cookie, and where the request comes
 * from. Login and setup have a cookie of their own for it, since there is no session yet.
 */
#ifndef NEREID_ADMIN_CGI_CSRF_H
#define NEREID_ADMIN_CGI_CSRF_H

#include "admin-cgi/request.h"
#include "admin-cgi/response.h"

struct app;

#define SESSION_COOKIE "sid"
#define PRESESSION_COOKIE "pre"
#define CSRF_TOKEN_SIZE 65

/** The token for forms on this page: of the session, or, without one, of the pre-session cookie,
 * which is set when it is missing. NULL when out of memory or randomness. In the arena. */
const char *csrf_token(struct request *req, struct response *res, struct app *app);

/**
 * Check a POST: the field `csrf` or the header X-CSRF-Token, and Sec-Fetch-Site or, where that is
 * absent, Origin.
 * @param supplied the form's field; NULL: absent
 * @return 0 or ERR_FORBIDDEN
 */
int csrf_check(struct request *req, struct app *app, const char *supplied,
               struct error *e) MUST_USE;

/** The same for a form of a session that has ended: its cookie is still there. */
int csrf_check_ended(struct request *req, struct app *app, const char *supplied,
                     struct error *e) MUST_USE;

/** The token of a session that begins with this answer. NULL when out of memory. In the arena. */
const char *csrf_token_of_session(struct request *req, struct app *app, const char *session_id);

#endif
