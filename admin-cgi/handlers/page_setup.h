/*
 * First run: the one-time token of the setup link makes the first administrator. 404 once there is
 * one; wrong tokens are counted, and too many are 429 (WEB-2, SEC-8, SEC-18).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_SETUP_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_SETUP_H

#include "admin-cgi/router.h"
#include "common/error.h"

/**
 * GET /admin/setup: the form. A token in the query goes into a cookie, and the address without it
 * is answered (303), so that the token is in no history and no referrer.
 */
route_handler page_setup;

/**
 * POST: makes the account, signs it in, and forgets the link. 422 with problems, 409 when somebody
 * was faster.
 */
route_handler page_setup_post;

struct app;

/** Whether there is nobody yet who could administer the server. @return 1 or 0, ERR_BUSY, ERR_IO */
int page_setup_is_open(struct app *app, struct error *e) MUST_USE;

#endif
