/* A user who is removed from all groups at once. */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_PEOPLE_REMOVE_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_PEOPLE_REMOVE_H

#include "admin-cgi/router.h"

/**
 * POST /admin/people: `user` is a whole name. The answer says group by group what would be removed;
 * sent again with `apply` it is, in all of them or in none.
 */
route_handler page_people_remove_post;

#endif
