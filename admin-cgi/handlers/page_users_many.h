/*
 * Several users of a group at once, from a list of names: /admin/groups/NAME/.users/.many. Each
 * gets a password of its own, which the answer shows, and nothing ever again.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_USERS_MANY_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_USERS_MANY_H

#include "admin-cgi/request.h"
#include "admin-cgi/response.h"

struct app;

void page_users_many(struct request *req, struct response *res, struct app *app);
void page_users_many_post(struct request *req, struct response *res, struct app *app);

#endif
