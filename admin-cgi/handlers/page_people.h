/*
 * A user name in all groups (WEB-17).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_PEOPLE_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_PEOPLE_H

#include "admin-cgi/router.h"

/**
 * GET /admin/people?q=PREFIX: users of the groups that this person may see; `group` and `user` are
 * behind whom the page begins.
 */
route_handler page_people;

#endif
