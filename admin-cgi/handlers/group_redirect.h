/*
 * Where the redirect of a group leads, if it is to a group of this server.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_GROUP_REDIRECT_H
#define NEREID_ADMIN_CGI_HANDLERS_GROUP_REDIRECT_H

#include "admin-cgi/handlers/group_care.h"
#include "admin-cgi/request.h"

struct app;

/** Fills `redirect_to` and `redirect_end` of `c`, whose other members are set; to nothing where it
 * has no redirect, or one that leads elsewhere. An address is this server's by its name as the
 * request has it, or as data/config.json does. */
void group_redirect_follow(struct request *req, struct app *app, struct group_care *c);

#endif
