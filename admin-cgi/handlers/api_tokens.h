/*
 * .tokens/ of a group, and of the whole server (HTTP-10, HTTP-12).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_API_TOKENS_H
#define NEREID_ADMIN_CGI_HANDLERS_API_TOKENS_H

#include "admin-cgi/router.h"

route_handler api_token_list;
route_handler api_token_post;
route_handler api_token_get;
route_handler api_token_put;
route_handler api_token_delete;

#endif
