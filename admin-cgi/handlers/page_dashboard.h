/*
 * The console's first page: numbers, and what needs care (WEB-10).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_DASHBOARD_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_DASHBOARD_H

#include "admin-cgi/router.h"

/** GET /admin/: of the groups that this person may see. */
route_handler page_dashboard;

#endif
