/*
 * The users of a group: the list, and taking one out (WEB-16).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_USERS_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_USERS_H

#include "admin-cgi/router.h"

/**
 * GET GROUP/.users/: all of them, and the two without a name, with what is weak or bad about
 * passwords.
 */
route_handler page_users;

/** GET .delete of a user: asks whether. 404 without such a user. */
route_handler page_user_delete;

/** POST: takes the user out of the description; who is inside stays. */
route_handler page_user_delete_post;

#endif
