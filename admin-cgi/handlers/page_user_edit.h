/*
 * One user of a group: name, permissions and password, saved as one change (WEB-16).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_USER_EDIT_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_USER_EDIT_H

#include "admin-cgi/router.h"

/** GET of a user, of a special user, or GROUP/.users/.new: the form. */
route_handler page_user;

/** POST: 303 to the list of users; 409 when the user was changed meanwhile, 422 with problems. */
route_handler page_user_post;

#endif
