/*
 * How much the server was used.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_USAGE_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_USAGE_H

#include "admin-cgi/router.h"

/** GET /admin/usage.csv: one line a day (UTC), of the groups that this person may see: meetings
 * that began, minutes of all people together, most people at once. */
route_handler page_usage_csv;

#endif
