/*
 * The landing page, for everybody, and joining a group from it (WEB-1).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_LANDING_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_LANDING_H

#include "admin-cgi/router.h"

/** GET /: the public groups, with how many are there when mediad answers, else from the index. */
route_handler page_landing;

/**
 * GET /join?group=NAME: 303 to the group's page or its redirect; 404 and 422 show the landing page
 * with what was typed.
 */
route_handler page_join;

#endif
