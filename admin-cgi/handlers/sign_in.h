/*
 * The end of every way in: a new session, its cookie, and where to go.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_SIGN_IN_H
#define NEREID_ADMIN_CGI_HANDLERS_SIGN_IN_H

#include "admin-cgi/request.h"
#include "admin-cgi/response.h"

struct app;

#define SESSION_SECONDS (12 * 3600) /* of the cookie; the server ends sessions by itself */

/**
 * Make a session in place of the one the browser has (SEC-2) and redirect, or show the kept form.
 * @param group, user for sign-ins without an account; "" otherwise
 * @param next a path of ours as it came from the browser, or NULL: checked here (SEC-11)
 * @param kept a form that waits, sealed; NULL or "": none
 */
int sign_in(struct request *req, struct response *res, struct app *app, int64_t account_id,
            const char *group, const char *user, const char *next, const char *kept,
            struct error *e) MUST_USE;

/**
 * After the password was given again: the form that waited for it, to be sent on.
 * @param sealed     of kept_form_seal(), as it came from the browser
 * @param session_id whose token the form gets
 * @return false: there is none that may be shown; `res` is untouched
 */
bool sign_in_resume(struct request *req, struct response *res, struct app *app, const char *sealed,
                    const char *session_id);

/** A path below /admin/ that may be redirected to; else "/admin/". */
const char *sign_in_next(const char *next);

#endif
