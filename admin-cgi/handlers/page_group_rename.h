/*
 * Another name for a group: /admin/groups/NAME/.rename, and back: .unrename.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_GROUP_RENAME_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_GROUP_RENAME_H

#include "admin-cgi/request.h"
#include "admin-cgi/response.h"

struct app;

void page_group_rename(struct request *req, struct response *res, struct app *app);
void page_group_rename_post(struct request *req, struct response *res, struct app *app);
void page_group_unrename_post(struct request *req, struct response *res, struct app *app);

#endif
