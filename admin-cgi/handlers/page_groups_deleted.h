/*
 * The groups that were deleted: /admin/groups/.deleted. Bringing one back: page_group_delete.h.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_GROUPS_DELETED_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_GROUPS_DELETED_H

#include "admin-cgi/request.h"
#include "admin-cgi/response.h"

struct app;

void page_groups_deleted(struct request *req, struct response *res, struct app *app);

#endif
