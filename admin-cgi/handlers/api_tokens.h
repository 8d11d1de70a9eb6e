/*
 * .tokens/ of a group, and of the whole server, of the API. Answers to GET carry one
 * ETag, that of all tokens together (HTTP-10, HTTP-12).
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_API_TOKENS_H
#define NEREID_ADMIN_CGI_HANDLERS_API_TOKENS_H

#include "admin-cgi/router.h"

/** GET .tokens/: their names, by expiry. */
route_handler api_token_list;

/**
 * POST: a new token from an object; the server gives it its name. 201 with Location; 400 names the
 * member.
 */
route_handler api_token_post;

/** GET: one token. 404 also for a token of another group. */
route_handler api_token_get;

/** PUT: makes or replaces one. 201 or 204; 400; 409 for a name of another group's; 412. */
route_handler api_token_put;

/** DELETE: 204, 404, 412. */
route_handler api_token_delete;

#endif
