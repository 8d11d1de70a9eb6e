/*
 * .groups/G/.users/, .empty-user, .wildcard-user and their passwords (HTTP-10, HTTP-11).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_API_USERS_H
#define NEREID_ADMIN_CGI_HANDLERS_API_USERS_H

#include "admin-cgi/router.h"

route_handler api_user_list;
route_handler api_user_get;
route_handler api_user_put;
route_handler api_user_delete;
route_handler api_password_put;
route_handler api_password_post;
route_handler api_password_delete;

/** Which user a path means: a name, "" for .empty-user, NULL for .wildcard-user. */
const char *api_user_of(const struct request *req);

#endif
