/*
 * The list of groups (WEB-12).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_GROUPS_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_GROUPS_H

#include "admin-cgi/router.h"

/**
 * GET /admin/groups/: search, filters, order and cursor are in the query; 400 for one that is
 * malformed.
 */
route_handler page_groups;

#endif
