/*
 * The second step of signing in: a code of the account's authenticator app, or a recovery code
 * (SEC-52).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_SECOND_STEP_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_SECOND_STEP_H

#include "admin-cgi/handlers/sign_in.h"
#include "admin-cgi/router.h"

/** The first step was right: asks for the code (303). Five minutes and five tries, in this browser.
 */
int second_step_begin(struct request *req, struct response *res, struct app *app,
                      const struct sign_in *s, struct error *e) MUST_USE;

/** GET /admin/login/totp: the form; 303 to the login page without a first step. */
route_handler page_second_step;

/** POST: as signing in; 422 for a wrong code, 429 with Retry-After after too many. */
route_handler page_second_step_post;

#endif
