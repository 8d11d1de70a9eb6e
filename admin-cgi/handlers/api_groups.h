/*
 * .groups/: list, definitions and keys (HTTP-10).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_API_GROUPS_H
#define NEREID_ADMIN_CGI_HANDLERS_API_GROUPS_H

#include "admin-cgi/router.h"

route_handler api_group_list;
route_handler api_group_get;
route_handler api_group_put;
route_handler api_group_delete;
route_handler api_keys_put;
route_handler api_keys_delete;

#endif
