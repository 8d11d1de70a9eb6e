/*
 * What needs care: files that cannot be read or written, conflicts, programs that do not run, a
 * certificate that cannot be served (WEB-22).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_PROBLEMS_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_PROBLEMS_H

#include "admin-cgi/router.h"

/** GET /admin/problems. */
route_handler page_problems;

/** POST: a conflict was looked at, by its id; also 303 when somebody else was faster. */
route_handler page_problems_post;

#endif
