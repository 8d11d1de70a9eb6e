/* GET /admin/groups/.tree: groups by the parts of their names, folded but for the way to `open`. */
#ifndef NEREID_ADMIN_CGI_HANDLERS_PAGE_GROUPS_TREE_H
#define NEREID_ADMIN_CGI_HANDLERS_PAGE_GROUPS_TREE_H

#include "admin-cgi/request.h"
#include "admin-cgi/response.h"

struct app;

void page_groups_tree(struct request *req, struct response *res, struct app *app);

#endif
