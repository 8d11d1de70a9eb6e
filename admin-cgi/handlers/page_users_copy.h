/* Users of one group copied to another, with their passwords as they are kept. */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_USERS_COPY_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_USERS_COPY_H

#include "admin-cgi/router.h"

/** GET .users/.copy: whom, and where to. */
route_handler page_users_copy;
/** POST: says what would become of each; with `apply` they are copied, all or none. Who is a user
 * there already stays as they are. */
route_handler page_users_copy_post;

#endif
