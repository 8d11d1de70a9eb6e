/*
 * .groups/GROUP/.users/, .empty-user and .wildcard-user of the API. Their passwords:
 * api_passwords.h. An automatic subgroup is answered with its ancestor's users. Writes need
 * writableGroups (403) (HTTP-10, HTTP-11).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_API_USERS_H
#define NEREID_ADMIN_CGI_HANDLERS_API_USERS_H

#include "admin-cgi/router.h"

/** GET .users/: the names, with the group's ETag. */
route_handler api_user_list;

/** GET: {"permissions": ...}, never the password. 404. */
route_handler api_user_get;

/** PUT: the same object. 201 for a new user, else 204; 400 names the member; 412. */
route_handler api_user_put;

/** DELETE: 204, 404, 412. */
route_handler api_user_delete;

#endif
