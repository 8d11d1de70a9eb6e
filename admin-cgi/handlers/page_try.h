/*
 * Would these let somebody into the group? /admin/groups/NAME/.try asks mediad, which judges as at
 * joining. Nothing of it is kept.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_TRY_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_TRY_H

#include "admin-cgi/request.h"
#include "admin-cgi/response.h"

struct app;

void page_try(struct request *req, struct response *res, struct app *app);
void page_try_post(struct request *req, struct response *res, struct app *app);
/** POST /admin/groups/NAME/.try/server: the group's authorisation server is asked with the log-in,
 * and what it gives is tried. Server administrators alone: a group's could ask any address inside
 * this network by it. */
void page_try_server_post(struct request *req, struct response *res, struct app *app);

#endif
