/*
 * All meetings that a person may see, on one page, and as JSON for what refreshes it.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_LIVE_GROUPS_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_LIVE_GROUPS_H

#include "admin-cgi/router.h"

route_handler page_live_groups, page_live_groups_json;

#endif
