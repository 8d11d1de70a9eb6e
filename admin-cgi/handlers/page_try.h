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

#endif
